# Rscript ranking_more.R: writes ranking_more.csv, one figure a line, from R metafor on its data set dat.bcg.
suppressMessages(library(metafor)); out <- data.frame(name = character(), value = character())
put <- function(name, ...) { v <- c(...); out <<- rbind(out, data.frame(name = paste0(name, ".", seq_along(v)), value = sprintf("%.17g", as.numeric(v)))) }
d <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
put("bcg.y", d$yi); put("bcg.v", d$vi); put("bcg.x", d$ablat)
for (m in c("REML", "ML", "PM")) for (x in c("one", "ablat")) {
  f <- if (x == "one") rma(yi, vi, data = d, method = m, control = list(threshold = 1e-14, tau2.init = 0.1, maxiter = 1000, tol = 1e-12)) else
    rma(yi, vi, mods = ~ablat, data = d, method = m, control = list(threshold = 1e-14, maxiter = 1000, tol = 1e-12))
  b <- blup(f); put(paste0(m, ".", x, ".tau2"), f$tau2); put(paste0(m, ".", x, ".beta"), f$beta); put(paste0(m, ".", x, ".se"), f$se)
  put(paste0(m, ".", x, ".blup"), b$pred); put(paste0(m, ".", x, ".pse"), b$se) }
p <- c(0.01, 0.02, 0.03, 0.5, 0.001, 0.04, 0.04, 0.9); put("p", p)
put("holm", p.adjust(p, "holm")); put("bh", p.adjust(p, "BH")); put("by", p.adjust(p, "BY"))
write.csv(out, "ranking_more.csv", row.names = FALSE, quote = FALSE)
