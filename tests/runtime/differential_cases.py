"""The scripts of the differential test; see test_runtime_differential."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    name: str
    play: Callable[[Any], None]
    wrong: str | None = None
    """What moto does that AWS does not."""


CASES: list[Case] = []
ASIDE: dict[str, dict[str, str]] = {
    "sqs": {
        "Failed": "moto sends an empty list; SQS leaves it out",
        "SequenceNumber": "moto gives the messages of FIFO queues none",
    },
    "s3": {
        "ChecksumType": "moto does not know it; S3 sends it with every checksum since 2025",
        "ServerSideEncryption": "moto sends none by default; S3 encrypts every object since 2023",
        "ContinuationToken": "moto does not repeat it; S3 does",
        "ChecksumAlgorithm": "moto leaves it out of the first ListObjects; S3 sends it in both",
        "Marker": "moto leaves an empty one out; S3 sends it",
        "VersionId": "moto sends null for buckets without versions; S3 sends none",
        "Location": "moto forgets the region in a completed upload's address",
        "ChecksumCRC32": "moto sends the whole object's with a part of it",
    },
    "dynamodb": {
        "ConsumedCapacity": "moto sends it unasked, and in other units; DynamoDB only when asked",
        "LocalSecondaryIndexes": "moto sends an empty list; DynamoDB leaves it out",
        "TableId": "moto has none",
        "ItemCount": "moto leaves it out of indexes",
        "IndexArn": "moto leaves it out",
        "ItemCollectionMetrics": "moto sends it unasked; DynamoDB only when asked",
        "NumberOfDecreasesToday": "moto leaves it out of indexes",
    },
    "events": {
        "CreationTime": "here a bus does not remember it",
        "LastModifiedTime": "here a bus does not remember it",
    },
    "sns": {
        "message": "moto sends the message twice, under two names",
    },
}
"""By service: fields that are left out of the comparison, and why. Each must differ somewhere."""


def case(wrong: str | None = None) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    def add(play: Callable[[Any], None]) -> Callable[[Any], None]:
        CASES.append(Case(play.__name__, play, wrong))
        return play

    return add


# -- SQS ------------------------------------------------------------------------------------------


def queue(aws: Any, name: str = "q", **attributes: str) -> str:
    url: str = aws.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
    return url


def queue_arn(aws: Any, url: str) -> str:
    found = aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    arn: str = found["Attributes"]["QueueArn"]
    return arn


@case()
def sqs_send_and_receive(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.send_message(QueueUrl=url, MessageBody="hello")
    got = aws.sqs.receive_message(QueueUrl=url)["Messages"][0]
    aws.sqs.receive_message(QueueUrl=url)
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])
    aws.sqs.receive_message(QueueUrl=url)


@case()
def sqs_message_attributes(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.send_message(
        QueueUrl=url, MessageBody="мир",
        MessageAttributes={
            "n": {"DataType": "Number", "StringValue": "1"},
            "b": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
        },
    )  # fmt: skip
    aws.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])


@case()
def sqs_batches(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.send_message_batch(
        QueueUrl=url, Entries=[{"Id": str(n), "MessageBody": f"m{n}"} for n in range(3)]
    )
    got = aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    aws.sqs.delete_message_batch(
        QueueUrl=url,
        Entries=[{"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(got)],
    )
    aws.sqs.send_message_batch(QueueUrl=url, Entries=[])
    aws.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "x"}] * 2)


@case()
def sqs_no_such_queue(aws: Any) -> None:
    aws.sqs.get_queue_url(QueueName="nobody")


@case()
def sqs_visibility_is_given_back(aws: Any) -> None:
    url = queue(aws, VisibilityTimeout="60")
    aws.sqs.send_message(QueueUrl=url, MessageBody="x")
    handle = aws.sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]
    aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    aws.sqs.receive_message(QueueUrl=url, MessageSystemAttributeNames=["ApproximateReceiveCount"])


@case()
def sqs_fifo(aws: Any) -> None:
    url = queue(aws, "q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for body in ("a", "a", "b"):
        aws.sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g")
    aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    aws.sqs.receive_message(QueueUrl=url)


@case()
def sqs_attributes(aws: Any) -> None:
    url = queue(aws, DelaySeconds="5", VisibilityTimeout="7")
    aws.sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "9"})
    aws.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["VisibilityTimeout", "DelaySeconds", "QueueArn"]
    )
    aws.sqs.get_queue_url(QueueName="q")
    aws.sqs.list_queues(QueueNamePrefix="q")
    aws.sqs.delete_queue(QueueUrl=url)
    aws.sqs.list_queues()


@case()
def sqs_counts(aws: Any) -> None:
    url = queue(aws)
    for _ in range(3):
        aws.sqs.send_message(QueueUrl=url, MessageBody="x")
    aws.sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=30)
    aws.sqs.receive_message(QueueUrl=url)
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible",
             "ApproximateNumberOfMessagesDelayed"]  # fmt: skip
    aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)
    aws.sqs.purge_queue(QueueUrl=url)


@case()
def sqs_dead_letters(aws: Any) -> None:
    dead = queue_arn(aws, queue(aws, "dead"))
    policy = f'{{"deadLetterTargetArn":"{dead}","maxReceiveCount":1}}'
    url = queue(aws, "main", RedrivePolicy=policy)
    aws.sqs.send_message(QueueUrl=url, MessageBody="poison")
    aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)
    aws.sqs.receive_message(QueueUrl=url)
    aws.sqs.receive_message(QueueUrl=aws.sqs.get_queue_url(QueueName="dead")["QueueUrl"])


@case()
def sqs_long_delay(aws: Any) -> None:
    aws.sqs.send_message(QueueUrl=queue(aws), MessageBody="x", DelaySeconds=901)


@case(wrong="moto takes a message without a body; SQS says MissingParameter")
def sqs_no_body(aws: Any) -> None:
    aws.sqs.send_message(QueueUrl=queue(aws), MessageBody="")


@case(wrong="moto's message holds botocore's words, which SQS does not send")
def sqs_eleven_at_once(aws: Any) -> None:
    aws.sqs.receive_message(QueueUrl=queue(aws), MaxNumberOfMessages=11)


@case()
def sqs_types_of_message_attributes(aws: Any) -> None:
    url = queue(aws)
    for kind, value in (("String.mine", "é"), ("Number", "1e3")):
        aws.sqs.send_message(
            QueueUrl=url, MessageBody="x",
            MessageAttributes={"a": {"DataType": kind, "StringValue": value}},
        )  # fmt: skip
    aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])


@case()
def sqs_receipts_that_never_were(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle="x")
    aws.sqs.change_message_visibility(QueueUrl=url, ReceiptHandle="x", VisibilityTimeout=1)


@case()
def sqs_bad_batches(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a b", "MessageBody": "x"}])
    aws.sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "a", "MessageBody": "x"}, {"Id": "b", "MessageBody": "x", "DelaySeconds": 901},
        ],
    )  # fmt: skip
    aws.sqs.delete_message_batch(QueueUrl=url, Entries=[])


@case(
    wrong="moto tells whose the ids are, and looks for repetitions in the whole queue all the same"
)
def sqs_high_throughput(aws: Any) -> None:
    url = queue(
        aws, "q.fifo", FifoQueue="true", DeduplicationScope="messageGroup",
        FifoThroughputLimit="perMessageGroupId",
    )  # fmt: skip
    aws.sqs.send_message(QueueUrl=url, MessageBody="a")
    aws.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    for group in "ggh":
        aws.sqs.send_message(
            QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="d"
        )
    aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)
    aws.sqs.get_queue_attributes(
        QueueUrl=url, AttributeNames=["DeduplicationScope", "FifoThroughputLimit"]
    )


@case()
def sqs_pages(aws: Any) -> None:
    for n in range(3):
        queue(aws, f"q{n}")
    page = aws.sqs.list_queues(MaxResults=2)
    aws.sqs.list_queues(MaxResults=2, NextToken=page["NextToken"])


@case(wrong="moto tells two purges in a minute with 403; SQS with 400, as its JSON protocol does")
def sqs_purged_again(aws: Any) -> None:
    url = queue(aws)
    aws.sqs.purge_queue(QueueUrl=url)
    aws.sqs.purge_queue(QueueUrl=url)


@case(wrong="moto takes receipts that have expired; SQS's FIFO queues refuse them")
def sqs_late_delete_of_a_fifo_queue(aws: Any) -> None:
    url = queue(aws, "q.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    aws.sqs.send_message(QueueUrl=url, MessageBody="a", MessageGroupId="g")
    got = aws.sqs.receive_message(QueueUrl=url, VisibilityTimeout=0)["Messages"][0]
    aws.sqs.delete_message(QueueUrl=url, ReceiptHandle=got["ReceiptHandle"])


# -- SNS ------------------------------------------------------------------------------------------


def topic(aws: Any, name: str = "t") -> str:
    arn: str = aws.sns.create_topic(Name=name)["TopicArn"]
    return arn


def subscribed(aws: Any, **attributes: str) -> tuple[str, str]:
    """Return a topic and the URL of a queue that it fans out to."""
    url, arn = queue(aws), topic(aws)
    aws.sns.subscribe(
        TopicArn=arn, Protocol="sqs", Endpoint=queue_arn(aws, url), Attributes=attributes,
        ReturnSubscriptionArn=True,
    )  # fmt: skip
    return arn, url


@case()
def sns_topics(aws: Any) -> None:
    arn = topic(aws)
    topic(aws)
    aws.sns.list_topics()
    aws.sns.delete_topic(TopicArn=arn)
    aws.sns.list_topics()


@case()
def sns_raw_to_a_queue(aws: Any) -> None:
    arn, url = subscribed(aws, RawMessageDelivery="true")
    aws.sns.publish(TopicArn=arn, Message="hello")
    aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1)


@case()
def sns_filter_by_attributes(aws: Any) -> None:
    arn, url = subscribed(aws, RawMessageDelivery="true", FilterPolicy='{"kind":["a"]}')
    for kind in "ba":
        said = {"kind": {"DataType": "String", "StringValue": kind}}
        aws.sns.publish(TopicArn=arn, Message=kind, MessageAttributes=said)
    aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)


@case()
def sns_filter_by_body(aws: Any) -> None:
    arn, url = subscribed(
        aws, RawMessageDelivery="true", FilterPolicyScope="MessageBody",
        FilterPolicy='{"n":[{"numeric":[">",5]}]}',
    )  # fmt: skip
    for n in (1, 9):
        aws.sns.publish(TopicArn=arn, Message=f'{{"n":{n}}}')
    aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=1, MaxNumberOfMessages=10)


@case()
def sns_publish_batch(aws: Any) -> None:
    arn, _ = subscribed(aws)
    aws.sns.publish_batch(
        TopicArn=arn, PublishBatchRequestEntries=[{"Id": i, "Message": i} for i in "ab"]
    )


@case(wrong="moto speaks of an endpoint; SNS says that the topic does not exist")
def sns_no_such_topic(aws: Any) -> None:
    aws.sns.publish(TopicArn="arn:aws:sns:us-east-1:123456789012:no", Message="x")


@case()
def sns_unsubscribe(aws: Any) -> None:
    arn, _ = subscribed(aws)
    found = aws.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    aws.sns.unsubscribe(SubscriptionArn=found[0]["SubscriptionArn"])
    aws.sns.list_subscriptions_by_topic(TopicArn=arn)


@case()
def sns_filters_of_every_kind(aws: Any) -> None:
    arn, url = subscribed(aws, RawMessageDelivery="true")
    found = aws.sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]
    for policy, values in (
        ('{"a":[{"anything-but":["x","y"]}]}', ("x", "z", None)),
        ('{"a":[{"anything-but":{"prefix":"x"}}]}', ("xx", "z")),
        ('{"a":[{"exists":false}]}', ("x", None)),
        ('{"$or":[{"a":["1"]},{"b":["2"]}]}', ("1", "2")),
        ('{"a":[{"suffix":"z"}]}', ("fz", "no")),
    ):
        aws.sns.set_subscription_attributes(
            SubscriptionArn=found[0]["SubscriptionArn"], AttributeName="FilterPolicy",
            AttributeValue=policy,
        )  # fmt: skip
        for value in values:
            said = {"a": {"DataType": "String", "StringValue": value}} if value else {}
            aws.sns.publish(TopicArn=arn, Message=value or "none", MessageAttributes=said)
            aws.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0)


@case()
def sns_pages(aws: Any) -> None:
    for n in range(101):
        topic(aws, f"t{n}")
    page = aws.sns.list_topics()
    aws.sns.list_topics(NextToken=page["NextToken"])


@case()
def sns_bad_batches(aws: Any) -> None:
    arn, _ = subscribed(aws)
    for entries in ([("a", "1")] * 2, [(str(n), "1") for n in range(11)]):
        aws.sns.publish_batch(
            TopicArn=arn, PublishBatchRequestEntries=[{"Id": i, "Message": m} for i, m in entries]
        )


# -- S3 -------------------------------------------------------------------------------------------


def bucket(aws: Any) -> None:
    aws.s3.create_bucket(Bucket="bucket")


@case()
def s3_put_and_get(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(
        Bucket="bucket", Key="a/b c.txt", Body=b"hello", ContentType="text/plain",
        Metadata={"by": "me"}, CacheControl="no-cache",
    )  # fmt: skip
    aws.s3.get_object(Bucket="bucket", Key="a/b c.txt")
    aws.s3.head_object(Bucket="bucket", Key="a/b c.txt")
    aws.s3.delete_object(Bucket="bucket", Key="a/b c.txt")
    aws.s3.get_object(Bucket="bucket", Key="a/b c.txt")


@case()
def s3_ranges(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"0123456789")
    for asked in ("bytes=2-4", "bytes=7-", "bytes=-3", "bytes=0-99", "bytes=10-"):
        aws.s3.get_object(Bucket="bucket", Key="k", Range=asked)


@case()
def s3_not_there(aws: Any) -> None:
    aws.s3.get_object(Bucket="nobody", Key="k")
    aws.s3.head_bucket(Bucket="nobody")
    bucket(aws)
    aws.s3.get_object(Bucket="bucket", Key="k")
    aws.s3.head_object(Bucket="bucket", Key="k")
    aws.s3.delete_object(Bucket="bucket", Key="k")


@case()
def s3_lists(aws: Any) -> None:
    bucket(aws)
    for key in ("a", "b/1", "b/2", "c d/é"):
        aws.s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    aws.s3.list_objects_v2(Bucket="bucket")
    aws.s3.list_objects_v2(Bucket="bucket", Prefix="b/")
    aws.s3.list_objects_v2(Bucket="bucket", Delimiter="/")
    aws.s3.list_objects_v2(Bucket="bucket", StartAfter="b/1")
    aws.s3.list_objects(Bucket="bucket", Prefix="b")


@case()
def s3_list_pages(aws: Any) -> None:
    bucket(aws)
    for key in "abc":
        aws.s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    page = aws.s3.list_objects_v2(Bucket="bucket", MaxKeys=2)
    aws.s3.list_objects_v2(Bucket="bucket", ContinuationToken=page["NextContinuationToken"])


@case()
def s3_copy(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="a ü", Body=b"x", Metadata={"m": "1"})
    aws.s3.copy_object(Bucket="bucket", Key="b", CopySource={"Bucket": "bucket", "Key": "a ü"})
    aws.s3.get_object(Bucket="bucket", Key="b")
    aws.s3.copy_object(
        Bucket="bucket", Key="c", CopySource="bucket/b", MetadataDirective="REPLACE",
        Metadata={"n": "2"}, ContentType="text/plain",
    )  # fmt: skip
    aws.s3.head_object(Bucket="bucket", Key="c")
    aws.s3.copy_object(Bucket="bucket", Key="c", CopySource="bucket/no")


@case()
def s3_conditional_reads(aws: Any) -> None:
    bucket(aws)
    etag = aws.s3.put_object(Bucket="bucket", Key="k", Body=b"x")["ETag"]
    aws.s3.get_object(Bucket="bucket", Key="k", IfMatch=etag)
    aws.s3.get_object(Bucket="bucket", Key="k", IfMatch='"no"')
    aws.s3.get_object(Bucket="bucket", Key="k", IfNoneMatch=etag)


@case()
def s3_conditional_writes(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"1", IfNoneMatch="*")
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfNoneMatch="*")
    aws.s3.get_object(Bucket="bucket", Key="k")


@case()
def s3_multipart(aws: Any) -> None:
    bucket(aws)
    up = {"Bucket": "bucket", "Key": "big"}
    up["UploadId"] = aws.s3.create_multipart_upload(**up)["UploadId"]
    parts = [
        {
            "PartNumber": n,
            "ETag": aws.s3.upload_part(**up, PartNumber=n, Body=body)["ETag"],
        }
        for n, body in ((1, b"a" * 5_242_880), (2, b"b"))
    ]
    aws.s3.complete_multipart_upload(**up, MultipartUpload={"Parts": parts})
    aws.s3.get_object(Bucket="bucket", Key="big", Range="bytes=5242879-")
    aws.s3.list_multipart_uploads(Bucket="bucket")


@case()
def s3_multipart_copied(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"0123456789")
    up = {"Bucket": "bucket", "Key": "big"}
    up["UploadId"] = aws.s3.create_multipart_upload(**up)["UploadId"]
    part = aws.s3.upload_part_copy(
        **up, PartNumber=1, CopySource="bucket/k", CopySourceRange="bytes=2-4"
    )
    parts = [{"PartNumber": 1, "ETag": part["CopyPartResult"]["ETag"]}]
    aws.s3.complete_multipart_upload(**up, MultipartUpload={"Parts": parts})
    aws.s3.get_object(Bucket="bucket", Key="big")


@case()
def s3_tags_of_an_object(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    aws.s3.get_object_tagging(Bucket="bucket", Key="k")


@case()
def s3_copies_on_conditions(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    aws.s3.put_object(Bucket="bucket", Key="k", Body=b"2", IfMatch='"no"')
    aws.s3.copy_object(Bucket="bucket", Key="k", CopySource="bucket/k")
    aws.s3.copy_object(Bucket="bucket", Key="c", CopySource="nobody/k")


@case()
def s3_list_pages_with_folders(aws: Any) -> None:
    bucket(aws)
    for key in ("a/1", "a/2", "b", "c/1", "d e+f", "z%2F"):
        aws.s3.put_object(Bucket="bucket", Key=key, Body=b"x")
    page = aws.s3.list_objects_v2(Bucket="bucket", Delimiter="/", MaxKeys=2)
    aws.s3.list_objects_v2(
        Bucket="bucket", Delimiter="/", ContinuationToken=page["NextContinuationToken"]
    )
    aws.s3.list_objects_v2(Bucket="bucket", EncodingType="url")
    aws.s3.list_objects_v2(Bucket="bucket", MaxKeys=0)


@case()
def s3_multipart_given_up(aws: Any) -> None:
    bucket(aws)
    up = {"Bucket": "bucket", "Key": "big"}
    up["UploadId"] = aws.s3.create_multipart_upload(**up)["UploadId"]
    aws.s3.upload_part(**up, PartNumber=1, Body=b"x")
    aws.s3.abort_multipart_upload(**up)
    aws.s3.list_parts(**up)


@case()
def s3_delete_many(aws: Any) -> None:
    bucket(aws)
    aws.s3.put_object(Bucket="bucket", Key="a", Body=b"x")
    aws.s3.delete_bucket(Bucket="bucket")
    aws.s3.delete_objects(Bucket="bucket", Delete={"Objects": [{"Key": "a"}, {"Key": "b"}]})
    aws.s3.delete_bucket(Bucket="bucket")
    aws.s3.list_objects_v2(Bucket="bucket")


@case()
def s3_buckets(aws: Any) -> None:
    bucket(aws)
    bucket(aws)
    aws.s3.head_bucket(Bucket="bucket")
    aws.s3.get_bucket_location(Bucket="bucket")
    aws.s3.get_bucket_versioning(Bucket="bucket")
    aws.s3.list_buckets()


@case()
def s3_tells_a_queue(aws: Any) -> None:
    bucket(aws)
    url = queue(aws)
    said = {"Id": "mine", "QueueArn": queue_arn(aws, url), "Events": ["s3:ObjectCreated:*"]}
    aws.s3.put_bucket_notification_configuration(
        Bucket="bucket", NotificationConfiguration={"QueueConfigurations": [said]}
    )
    aws.s3.get_bucket_notification_configuration(Bucket="bucket")


# -- DynamoDB -------------------------------------------------------------------------------------

T = {"TableName": "tab"}


def table(aws: Any) -> None:
    aws.dynamodb.create_table(
        **T, BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": n, "AttributeType": k} for n, k in (("p", "S"), ("s", "N"), ("g", "S"))
        ],
        KeySchema=[
            {"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-g", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [
                    {"AttributeName": "g", "KeyType": "HASH"},
                    {"AttributeName": "s", "KeyType": "RANGE"},
                ],
            }
        ],
    )  # fmt: skip


def key(p: str = "a", s: int = 1) -> dict[str, Any]:
    return {"p": {"S": p}, "s": {"N": str(s)}}


def put(aws: Any, p: str = "a", s: int = 1, **more: Any) -> None:
    aws.dynamodb.put_item(**T, Item={**key(p, s), **more})


def update(aws: Any, expression: str, **values: Any) -> None:
    said = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}} if values else {}
    aws.dynamodb.update_item(
        **T, Key=key(), UpdateExpression=expression, ReturnValues="ALL_NEW", **said
    )


@case()
def dynamodb_tables(aws: Any) -> None:
    table(aws)
    aws.dynamodb.describe_table(**T)
    aws.dynamodb.list_tables()
    aws.dynamodb.describe_table(TableName="nothing")


@case(wrong="moto calls a table ACTIVE that it deletes; DynamoDB calls it DELETING")
def dynamodb_delete_table(aws: Any) -> None:
    table(aws)
    aws.dynamodb.delete_table(**T)


@case()
def dynamodb_every_type(aws: Any) -> None:
    table(aws)
    put(
        aws, S={"S": "é"}, N={"N": "-1.5"}, B={"B": b"\x00"}, T={"BOOL": True}, Z={"NULL": True},
        L={"L": [{"N": "1"}, {"S": ""}]}, M={"M": {"k": {"M": {}}}}, SS={"SS": ["a", "b"]},
    )  # fmt: skip
    aws.dynamodb.get_item(**T, Key=key())
    aws.dynamodb.get_item(**T, Key=key("nobody"))


@case()
def dynamodb_projection(aws: Any) -> None:
    table(aws)
    put(aws, m={"M": {"x": {"N": "1"}, "y": {"N": "2"}}}, l={"L": [{"N": "1"}, {"N": "2"}]})
    aws.dynamodb.get_item(
        **T, Key=key(), ProjectionExpression="#m.x, l[1]", ExpressionAttributeNames={"#m": "m"}
    )


@case()
def dynamodb_conditional_put(aws: Any) -> None:
    table(aws)
    for n in "12":
        aws.dynamodb.put_item(
            **T, Item={**key(), "v": {"N": n}}, ConditionExpression="attribute_not_exists(p)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )  # fmt: skip
    aws.dynamodb.put_item(**T, Item=key(), ReturnValues="ALL_OLD")


@case()
def dynamodb_counter(aws: Any) -> None:
    table(aws)
    update(aws, "ADD n :one", one={"N": "1"})
    update(aws, "SET n = n + :one", one={"N": "1"})
    update(aws, "SET n = if_not_exists(n, :one) - :one, o = :one", one={"N": "1"})


@case()
def dynamodb_lists(aws: Any) -> None:
    table(aws)
    update(aws, "SET l = :l", l={"L": [{"N": "1"}, {"N": "2"}, {"N": "3"}]})
    update(aws, "SET l = list_append(l, :l)", l={"L": [{"N": "4"}]})
    update(aws, "REMOVE l[0]")
    update(aws, "SET l[1] = :v", v={"S": "x"})


@case()
def dynamodb_sets(aws: Any) -> None:
    table(aws)
    update(aws, "ADD t :t", t={"SS": ["a", "b"]})
    update(aws, "DELETE t :t", t={"SS": ["a"]})
    update(aws, "DELETE t :t", t={"SS": ["b"]})


@case()
def dynamodb_return_values(aws: Any) -> None:
    table(aws)
    put(aws, n={"N": "1"}, o={"N": "2"})
    for n, wanted in enumerate(("UPDATED_OLD", "UPDATED_NEW", "ALL_OLD", "ALL_NEW", "NONE")):
        aws.dynamodb.update_item(
            **T, Key=key(), UpdateExpression="SET n = :n", ReturnValues=wanted,
            ExpressionAttributeValues={":n": {"N": str(n)}},
        )  # fmt: skip
    aws.dynamodb.delete_item(**T, Key=key(), ReturnValues="ALL_OLD")


@case()
def dynamodb_update_mistakes(aws: Any) -> None:
    table(aws)
    put(aws, n={"N": "1"}, w={"S": "x"})
    update(aws, "SET p = :v", v={"S": "x"})
    update(aws, "SET x = y")
    update(aws, "SET x.y = :v", v={"S": "x"})
    update(aws, "SET status = :v", v={"S": "x"})


@case(wrong="moto answers as if the operand stood in the expression, not in the item")
def dynamodb_sum_with_a_text(aws: Any) -> None:
    table(aws)
    put(aws, w={"S": "x"})
    update(aws, "SET w = w + :v", v={"N": "1"})


@case()
def dynamodb_query(aws: Any) -> None:
    table(aws)
    for s in (10, 9, 100, -1):
        put(aws, s=s, g={"S": "x"})
    for condition, backward in (
        ("p = :p", False), ("p = :p AND s > :n", False), ("p = :p AND s BETWEEN :n AND :m", True),
    ):  # fmt: skip
        values = {":p": {"S": "a"}, ":n": {"N": "9"}, ":m": {"N": "10"}}
        aws.dynamodb.query(
            **T, KeyConditionExpression=condition, ScanIndexForward=not backward,
            ExpressionAttributeValues={k: v for k, v in values.items() if k in condition},
        )  # fmt: skip


@case()
def dynamodb_query_filter_and_pages(aws: Any) -> None:
    table(aws)
    for s in range(5):
        put(aws, s=s, v={"N": str(s % 2)})
    said = {
        "KeyConditionExpression": "p = :p", "FilterExpression": "v = :v", "Limit": 2,
        "ExpressionAttributeValues": {":p": {"S": "a"}, ":v": {"N": "0"}},
    }  # fmt: skip
    page = aws.dynamodb.query(**T, **said)
    aws.dynamodb.query(**T, **said, ExclusiveStartKey=page["LastEvaluatedKey"])
    aws.dynamodb.query(**T, **said, Select="COUNT")


@case()
def dynamodb_index(aws: Any) -> None:
    table(aws)
    for p, s, g in (("a", 2, "x"), ("b", 1, "x"), ("c", 3, "y")):
        put(aws, p, s, g={"S": g})
    put(aws, "d", 1)
    aws.dynamodb.query(
        **T, IndexName="by-g", KeyConditionExpression="g = :g",
        ExpressionAttributeValues={":g": {"S": "x"}},
    )  # fmt: skip
    aws.dynamodb.scan(**T, IndexName="by-g", Select="COUNT")
    aws.dynamodb.scan(**T, IndexName="none")


@case()
def dynamodb_scan_with_filter(aws: Any) -> None:
    table(aws)
    put(aws, tags={"SS": ["x"]}, name={"S": "anna"})
    put(aws, s=2, name={"S": "bob"})
    for said, values in (
        ("contains(tags, :v)", "x"), ("begins_with(#n, :v)", "bo"), ("#n IN (:v)", "anna"),
        ("attribute_not_exists(tags) AND #n <> :v", "x"), ("size(#n) = :n", "3"),
    ):  # fmt: skip
        aws.dynamodb.scan(
            **T, FilterExpression=said,
            ExpressionAttributeValues={":n": {"N": values}} if ":n" in said else {":v": {"S": values}},
            **({"ExpressionAttributeNames": {"#n": "name"}} if "#n" in said else {}),
        )  # fmt: skip


@case()
def dynamodb_mistakes(aws: Any) -> None:
    table(aws)
    aws.dynamodb.put_item(**T, Item={"p": {"S": "a"}})
    aws.dynamodb.put_item(**T, Item={**key(), "p": {"N": "1"}})
    aws.dynamodb.put_item(TableName="nothing", Item=key())
    aws.dynamodb.query(
        **T, KeyConditionExpression="s = :v", ExpressionAttributeValues={":v": {"N": "1"}}
    )


@case(wrong="moto does not say what is wrong with a key; DynamoDB does")
def dynamodb_half_a_key(aws: Any) -> None:
    table(aws)
    aws.dynamodb.update_item(**T, Key={"p": {"S": "a"}})


@case()
def dynamodb_batches(aws: Any) -> None:
    table(aws)
    puts = [{"PutRequest": {"Item": key("a", n)}} for n in range(3)]
    aws.dynamodb.batch_write_item(RequestItems={"tab": puts})
    aws.dynamodb.batch_write_item(RequestItems={"tab": [{"DeleteRequest": {"Key": key("a", 0)}}]})
    aws.dynamodb.batch_get_item(RequestItems={"tab": {"Keys": [key("a", 1)]}})
    aws.dynamodb.batch_write_item(RequestItems={"tab": puts[:1] * 2})


@case()
def dynamodb_transactions(aws: Any) -> None:
    table(aws)
    put(aws, n={"N": "1"})
    take = {
        "Update": {
            **T, "Key": key(), "UpdateExpression": "SET n = n - :o",
            "ConditionExpression": "n >= :o", "ExpressionAttributeValues": {":o": {"N": "1"}},
        }
    }  # fmt: skip
    for s in (2, 3):
        aws.dynamodb.transact_write_items(TransactItems=[{"Put": {**T, "Item": key("b", s)}}, take])
    aws.dynamodb.transact_get_items(
        TransactItems=[{"Get": {**T, "Key": key("b", s)}} for s in (2, 3)]
    )


@case()
def dynamodb_nested_paths(aws: Any) -> None:
    table(aws)
    put(aws, m={"M": {"k": {"S": "x"}}}, n={"N": "1"}, b={"B": b"x"})
    update(aws, "SET m.q = if_not_exists(m.z, :v)", v={"N": "3"})
    update(aws, "SET c = if_not_exists(c, :z) + :o", z={"N": "0"}, o={"N": "1"})
    update(aws, "SET l = list_append(if_not_exists(l, :e), :a)", e={"L": []}, a={"L": [{"S": "x"}]})
    update(aws, "SET nope[0] = :v", v={"S": "x"})
    update(aws, "ADD b :v", v={"N": "1"})
    update(aws, "DELETE n :v", v={"SS": ["x"]})
    update(aws, "REMOVE s")


@case()
def dynamodb_filters(aws: Any) -> None:
    table(aws)
    for n in range(4):
        put(aws, s=n, v={"N": str(n * 10)}, l={"L": [{"N": str(n)}, {"S": "q"}]})
    for said, values in (
        ("v BETWEEN :a AND :b", {":a": {"N": "10"}, ":b": {"N": "20"}}),
        ("NOT v IN (:a, :b)", {":a": {"N": "10"}, ":b": {"N": "20"}}),
        ("attribute_type(v, :a)", {":a": {"S": "N"}}),
        ("l[0] > :a AND (v > :a)", {":a": {"N": "1"}}),
        ("contains(l, :a)", {":a": {"S": "q"}}),
    ):
        aws.dynamodb.query(
            **T, KeyConditionExpression="p = :p", FilterExpression=said, ProjectionExpression="s",
            ExpressionAttributeValues={":p": {"S": "a"}, **values},
        )  # fmt: skip


@case()
def dynamodb_cancellations(aws: Any) -> None:
    table(aws)
    put(aws, n={"N": "1"})
    taken = {"Put": {**T, "Item": key(), "ConditionExpression": "attribute_not_exists(p)"}}
    free = {"Put": {**T, "Item": key("c")}}
    aws.dynamodb.transact_write_items(TransactItems=[free, taken])
    taken["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    aws.dynamodb.transact_write_items(TransactItems=[free, taken])
    aws.dynamodb.transact_write_items(TransactItems=[free, free])
    aws.dynamodb.get_item(**T, Key=key("c"))


@case(wrong="moto tells a billing mode of every table; DynamoDB of those that pay per request")
def dynamodb_provisioned(aws: Any) -> None:
    aws.dynamodb.create_table(
        **T, KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 6},
    )  # fmt: skip
    aws.dynamodb.create_table(**T, KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "p", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )  # fmt: skip
    aws.dynamodb.scan(**T, Segment=0)
    aws.dynamodb.query(**T, KeyConditionExpression="p = :p", Limit=1,
        ExpressionAttributeValues={":p": {"S": "a"}},
    )  # fmt: skip


@case()
def dynamodb_time_to_live(aws: Any) -> None:
    table(aws)
    aws.dynamodb.describe_time_to_live(**T)
    said = {"Enabled": True, "AttributeName": "until"}
    aws.dynamodb.update_time_to_live(**T, TimeToLiveSpecification=said)
    aws.dynamodb.describe_time_to_live(**T)


# -- EventBridge ----------------------------------------------------------------------------------


def routed(aws: Any, pattern: str, **target: Any) -> str:
    """Return the URL of a queue that a rule of the default bus sends to."""
    url = queue(aws)
    aws.events.put_rule(Name="r", EventPattern=pattern)
    aws.events.put_targets(Rule="r", Targets=[{"Id": "q", "Arn": queue_arn(aws, url), **target}])
    return url


@case()
def events_put(aws: Any) -> None:
    aws.events.put_events(Entries=[{"Source": "a", "DetailType": "b", "Detail": "{}"}])


@case()
def events_rules(aws: Any) -> None:
    aws.events.put_rule(Name="r", EventPattern='{"source":["a"]}')
    aws.events.describe_rule(Name="r")
    aws.events.list_rules()
    aws.events.disable_rule(Name="r")
    aws.events.describe_rule(Name="r")
    aws.events.delete_rule(Name="r")
    aws.events.list_rules()


@case(wrong="moto leaves the bus out; EventBridge names it")
def events_no_such_rule(aws: Any) -> None:
    aws.events.describe_rule(Name="r")


@case()
def events_refused_entries(aws: Any) -> None:
    aws.events.put_events(
        Entries=[
            {"Source": "a", "DetailType": "b", "Detail": "no json"},
            {"Source": "a", "DetailType": "b", "Detail": "{}"},
        ]
    )


@case()
def events_targets(aws: Any) -> None:
    routed(aws, '{"source":["a"]}')
    aws.events.list_targets_by_rule(Rule="r")
    aws.events.delete_rule(Name="r")
    aws.events.remove_targets(Rule="r", Ids=["q"])
    aws.events.list_targets_by_rule(Rule="r")


@case()
def events_buses(aws: Any) -> None:
    aws.events.create_event_bus(Name="orders")
    aws.events.describe_event_bus(Name="orders")
    aws.events.create_event_bus(Name="orders")
    aws.events.delete_event_bus(Name="orders")
    aws.events.describe_event_bus(Name="orders")


@case()
def events_neither_pattern_nor_schedule(aws: Any) -> None:
    aws.events.put_rule(Name="r")


@case(wrong="moto does not say where a pattern goes wrong; the words themselves are the parser's")
def events_bad_pattern(aws: Any) -> None:
    aws.events.put_rule(Name="r", EventPattern="{")


@case()
def events_schedule(aws: Any) -> None:
    aws.events.put_rule(Name="r", ScheduleExpression="rate(5 minutes)", State="DISABLED")
    aws.events.describe_rule(Name="r")


@case()
def events_pages(aws: Any) -> None:
    url = queue(aws)
    for n in range(3):
        aws.events.put_rule(Name=f"r{n}", EventPattern='{"source":["a"]}')
        aws.events.put_targets(Rule=f"r{n}", Targets=[{"Id": "q", "Arn": queue_arn(aws, url)}])
    page = aws.events.list_rules(NamePrefix="r", Limit=2)
    aws.events.list_rules(NamePrefix="r", NextToken=page["NextToken"])
    aws.events.list_rule_names_by_target(TargetArn=queue_arn(aws, url))


@case()
def events_schedules_stay_on_the_default_bus(aws: Any) -> None:
    aws.events.create_event_bus(Name="orders")
    aws.events.put_rule(Name="r", ScheduleExpression="rate(1 minute)", EventBusName="orders")
