"""Deploys a template into moto, describes what it made as JSON, and deletes it: deploy.py TEMPLATE NAME=VALUE …"""
import ast
import json
import sys
import warnings

import boto3
from moto import mock_aws

REGION = "eu-central-1"

# moto knows no auto-scaling in templates, and says so with every resource of it.
warnings.simplefilter("ignore")
with open(sys.argv[1], encoding="utf-8") as file:
    template = file.read()
parameters = [
    {"ParameterKey": key, "ParameterValue": value}
    for key, value in (argument.split("=", 1) for argument in sys.argv[2:])
]


def client(service):
    return boto3.client(
        service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing"
    )


with mock_aws():
    stacks, sagemaker, iam = client("cloudformation"), client("sagemaker"), client("iam")
    stacks.create_stack(
        StackName="mme", TemplateBody=template, Parameters=parameters, Capabilities=["CAPABILITY_IAM"]
    )
    (stack,) = stacks.describe_stacks(StackName="mme")["Stacks"]
    # moto makes a name of its own for the endpoint.
    (listed,) = sagemaker.list_endpoints()["Endpoints"]
    endpoint = sagemaker.describe_endpoint(EndpointName=listed["EndpointName"])
    config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
    (variant,) = config["ProductionVariants"]
    model = sagemaker.describe_model(ModelName=variant["ModelName"])
    role = model["ExecutionRoleArn"].rsplit("/", 1)[1]
    policy = iam.get_role_policy(RoleName=role, PolicyName="endpoint")["PolicyDocument"]
    if isinstance(policy, str):
        # From a template, moto keeps a document as Python writes it.
        policy = ast.literal_eval(policy)
    stacks.delete_stack(StackName="mme")
    left = sagemaker.list_endpoints()["Endpoints"] + sagemaker.list_models()["Models"]
    print(
        json.dumps(
            {
                "stack": stack["StackStatus"],
                "outputs": {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]},
                "endpoint": endpoint["EndpointStatus"],
                "variant": variant,
                "container": model["PrimaryContainer"],
                "policy": policy,
                "left": len(left),
            },
            default=str,
        )
    )
