"""Addresses of the doors of the public and of firms."""

from django.urls import path

from zhiheng.web.pages.public import announcements, checkpoints, complaint, firm, follow, nomination

urlpatterns = [
    path("complain/", complaint.complain, name="complain"),
    path("follow/", follow.follow, name="follow"),
    path("nominate/", nomination.nominate, name="nominate"),
    path("nominate/taken/", nomination.nominations_taken, name="nominations_taken"),
    path("nominate/list.<slug:form>", nomination.nominations_file, name="nominations_file"),
    path("announcements/", announcements.announcements, name="announcements"),
    path("announcements/list.<slug:form>", announcements.announcements_file, name="announcements_file"),
    path("announcements/feed.atom", announcements.feed, name="announcements_feed"),
    path("announcements/<str:token>/", announcements.announcement, name="announcement"),
    path("audit/", checkpoints.checkpoints, name="audit"),
    path("audit/checkpoint-<int:number>.json", checkpoints.checkpoint_file, name="audit_checkpoint"),
    path("firm/", firm.firm, name="firm"),
]
