"""The rules of studying: schedule, queue, mastery. Pure: time and randomness are arguments."""
