"""Addresses of the laboratory."""

from django.urls import path

from zhiheng.web.pages.laboratory import entering, lists, many, report, sample

urlpatterns = [
    path("", lists.laboratory, name="laboratory"),
    path("file/", many.file, name="laboratory_file"),
    path("file/<slug:token>/", many.preview, name="laboratory_preview"),
    path("release/", many.release, name="laboratory_release_many"),
    path("sample/<str:number>/", sample.sample, name="laboratory_sample"),
    path("sample/<str:number>/move/<slug:move>/", sample.move, name="laboratory_move"),
    path("sample/<str:number>/results/", entering.results, name="laboratory_results"),
    path("report/<str:number>/", report.report, name="laboratory_report"),
    path("report/<str:number>/release/", report.release, name="laboratory_release"),
    path("report/<str:number>/amend/", entering.amend, name="laboratory_amend"),
]
