"""The account's address on loopback: what an AWS SDK, the AWS CLI or curl talks to.

``server`` speaks HTTP, ``signature`` says who calls, ``codec`` turns requests into the parameters
of operations and results into answers, in whichever of botocore's protocols the service has.
"""
