# Rscript domains.R: writes domains.csv, proportions of domains with their limits by R survey, from the samples beside this script.
suppressMessages(library(survey)); options(digits = 17)
read <- function(f) read.csv(f, stringsAsFactors = FALSE)
s <- read("apistrat.csv"); c1 <- read("apiclus1.csv"); r <- read("apisrs.csv")
designs <- list(
  apistrat = svydesign(id = ~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = s),
  apiclus1 = svydesign(id = ~dnum, weights = ~pw, fpc = ~fpc, data = c1),
  apisrs = svydesign(id = ~1, weights = ~pw, fpc = ~fpc, data = r))
out <- NULL
for (name in names(designs)) for (cut in c("api99 > 700", "api99 < 480", "meals > 60")) {
  d <- designs[[name]]
  d <- eval(bquote(update(d, y = as.numeric(.(parse(text = cut)[[1]])))))
  for (place in sort(unique(paste(d$variables$comp.imp, d$variables$sch.wide)))) {
    part <- subset(d, paste(comp.imp, sch.wide) == place)
    m <- svymean(~y, part)
    if (coef(m) <= 0 || coef(m) >= 1 || degf(part) < 1) next
    line <- c(coef(m), as.numeric(SE(m)), degf(part))
    # `logit` as svyciprop stops it, at a relative change of the deviance of 1e-8; `tight` is the same fit iterated to the end
    for (how in c("logit", "xlogit", "beta", "asin", "mean")) line <- c(line, confint(svyciprop(~y, part, method = how)))
    fit <- svyglm(y ~ 1, part, family = quasibinomial, control = glm.control(epsilon = 1e-15, maxit = 100))
    line <- c(line, plogis(confint(fit, 1, level = 0.95, df = degf(part))))
    out <- rbind(out, c(name, cut, place, sprintf("%.17g", line)))
  }
}
ends <- function(x) paste(x, c("lower", "upper"), sep = "_")
colnames(out) <- c("design", "value", "domain", "rate", "se", "df", sapply(c("logit", "xlogit", "beta", "asin", "mean", "tight"), ends))
write.csv(out, "domains.csv", row.names = FALSE, quote = FALSE)
