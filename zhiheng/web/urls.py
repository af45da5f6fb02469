"""Addresses of the pages."""

from django.urls import path

from zhiheng.web.pages import bulletins, by, exports, figures, intake, overview, plan, results, rules, search, signals

urlpatterns = [
    path("", overview.overview, name="overview"),
    path("results/", results.results, name="results"),
    path("results/<slug:dataset>/", results.results, name="dataset_results"),
    path("results/<slug:dataset>/sample/<path:sample_id>/", results.sample, name="sample"),
    path("printed/<slug:dataset>/", results.printed, name="printed"),
    path("by/<slug:dataset>/<slug:dimension>/", by.values, name="by"),
    path("by/<slug:dataset>/<slug:dimension>/one/", by.one, name="by_one"),
    path("map/<slug:dataset>/", by.atlas, name="map"),
    path("rules/", rules.rules, name="rules"),
    path("rules/editions/", rules.editions, name="editions"),
    path("rules/unplaced/", rules.unplaced, name="unplaced"),
    path("rules/key/<path:key>/", rules.rule, name="rule"),
    path("signals/", signals.signals, name="signals"),
    path("signals/<slug:dataset>/<slug:signal_id>/", signals.signal, name="signal"),
    path("plan/", plan.plan, name="plan"),
    path("bulletins/", bulletins.bulletins, name="bulletins"),
    path("bulletins/<slug:dataset>/<slug:edition>.<slug:form>", bulletins.bulletin, name="bulletin"),
    path("intake/", intake.intake, name="intake"),
    path("intake/<slug:dataset>/", intake.rejects, name="rejects"),
    path("figure/", figures.figure, name="figure"),
    path("search/", search.search, name="search"),
    path("export/<slug:dataset>/<slug:listing>.<slug:form>", exports.export, name="export"),
    path("export/<slug:dataset>/rates/<slug:dimension>.<slug:form>", exports.rates, name="export_rates"),
]
