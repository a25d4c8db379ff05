"""What runs in the processes that execute handlers: a zygote, and a worker per environment.

Nothing here is imported by the app itself, except ``protocol``.
"""
