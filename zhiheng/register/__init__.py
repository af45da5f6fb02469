"""The state of cases: who they concern, who did what and when, and what is due by which law. The one place with users and a clock.

Takes the procedures of the law (zhiheng/law/**/procedures) and acts of people; gives cases, their documents, deadlines and an
audit that cannot be altered unseen.
"""
