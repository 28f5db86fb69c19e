"""The article's call: one endpoint, two models, chosen by the target model."""
import json
import sys

import boto3

endpoint_url, target_model, content_type, file = sys.argv[1:]
runtime = boto3.client("sagemaker-runtime", region_name="us-east-1", endpoint_url=endpoint_url)
with open(file, "rb") as body:
    response = runtime.invoke_endpoint(
        EndpointName="mme",
        ContentType=content_type,
        TargetModel=target_model,
        Body=body.read(),
    )
scores = json.loads(response["Body"].read())["predictions"][0]
print(scores.index(max(scores)), max(scores))
