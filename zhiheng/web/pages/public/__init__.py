"""Doors without an account: complaints, nominations, announcements, checkpoints of the audit; and the firm's own."""
