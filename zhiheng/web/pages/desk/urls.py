"""Addresses of the desk."""

from django.urls import path

from zhiheng.web.pages.desk import acting, batch, case, late, lists, opening, post, retest

urlpatterns = [
    path("work/", lists.work, name="work"),
    path("work/list.<slug:form>", lists.work_file, name="work_file"),
    path("work/batch/", batch.batch, name="work_batch"),
    path("work/batch/done/", batch.batch_done, name="work_batch_done"),
    path("work/late/", late.late, name="late"),
    path("work/late/list.<slug:form>", late.late_file, name="late_file"),
    path("work/messages/", post.messages, name="messages"),
    path("work/mails/", post.mails, name="mails"),
    path("cases/", lists.cases, name="cases"),
    path("cases/list.<slug:form>", lists.cases_file, name="cases_file"),
    path("cases/new/", opening.case_new, name="case_new"),
    path("cases/drawn/", opening.cases_drawn, name="cases_drawn"),
    path("cases/drawn/<slug:name>/", opening.cases_from_draw, name="cases_from_draw"),
    path("case/<str:number>/", case.case, name="case"),
    path("case/<str:number>/act/<slug:key>/", acting.case_act, name="case_act"),
    path("case/<str:number>/retest/", retest.case_retest, name="case_retest"),
    path("case/<str:number>/file/<int:key>/", case.case_file, name="case_file"),
]
