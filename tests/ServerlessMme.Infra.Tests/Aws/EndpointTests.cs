using System.Text.Json;
using System.Text.RegularExpressions;
using ServerlessMme.Infra.Tests.Support;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Infra.Tests.Aws;

/// <summary>Deploys the template to moto, an independent implementation of CloudFormation and SageMaker.</summary>
public sealed partial class EndpointTests
{
    private const int Timeout = 120_000;
    private const string Image = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/mme:1";

    private static string Template => Repository.PathOf("infra", "aws", "endpoint.yaml");

    [Theory(Timeout = Timeout)]
    [InlineData("tensorflow-serving", "SAGEMAKER_TFS_DEFAULT_MODEL_NAME")]
    [InlineData("mme", "Mme__Artifacts__Folder")]
    public async Task The_template_deploys_a_multi_model_endpoint_and_leaves_nothing_when_it_is_deleted(
        string container, string variable)
    {
        var stack = await DeployAsync(container);

        Assert.Equal("CREATE_COMPLETE", stack.Text("stack"));
        Assert.Equal("InService", stack.Text("endpoint"));
        Assert.Equal("MultiModel", stack.Text("container.Mode"));
        // SageMaker requires the final slash.
        Assert.Equal("s3://artifacts/fleet/models/", stack.Text("container.ModelDataUrl"));
        Assert.Equal(Image, stack.Text("container.Image"));
        Assert.Equal(variable, Assert.Single(stack.Of("container.Environment").EnumerateObject()).Name);
        Assert.Equal(2, stack.Of("variant.InitialInstanceCount").GetInt32());
        Assert.Equal(0, stack.Of("left").GetInt32());
    }

    [Fact(Timeout = Timeout)]
    public async Task The_role_reads_artifacts_under_the_prefix_only()
    {
        var statements = (await DeployAsync("mme")).Of("policy.Statement").EnumerateArray().ToList();

        var onStorage = statements.Where(s => s.GetRawText().Contains("\"s3:", StringComparison.Ordinal)).ToList();

        Assert.Equal(
            [("s3:GetObject", "arn:aws:s3:::artifacts/fleet/models/*"), ("s3:ListBucket", "arn:aws:s3:::artifacts")],
            onStorage.Select(s => (s.Text("Action"), s.Text("Resource"))));
        Assert.Equal("fleet/models/*", onStorage[1].Of("Condition.StringLike").GetProperty("s3:prefix").GetString());
        Assert.Equal(
            "arn:aws:ecr:eu-central-1:123456789012:repository/mme",
            statements.Single(s => s.Text("Sid") == "PullImage").Text("Resource"));
        // Only these actions apply to every resource, because AWS can't restrict them to one.
        Assert.Equal(
            ["SignInToRegistry", "WriteMetrics"],
            statements.Where(s => s.Of("Resource").ValueKind == JsonValueKind.String && s.Text("Resource") == "*")
                .Select(s => s.Text("Sid")));
    }

    [Fact]
    public void What_moto_does_not_know_scales_the_variant_of_the_endpoint()
    {
        var text = File.ReadAllText(Template);

        var variant = VariantName().Match(text).Groups[1].Value;

        Assert.Contains(
            $"ResourceId: !Sub endpoint/${{EndpointName}}/variant/{variant}", text, StringComparison.Ordinal);
        Assert.Contains("MinCapacity: !Ref InstanceCount", text, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task The_template_passes_cfn_lint()
    {
        var finished = await Command.TryRunAsync("cfn-lint", Template);
        Assert.SkipWhen(
            finished is null or { ExitCode: 127 },
            "cfn-lint is not installed (pip install -r infra/aws/requirements.txt).");

        Assert.Equal((0, ""), (finished!.ExitCode, finished.Output + finished.Error));
    }

    private static async Task<JsonElement> DeployAsync(string container)
    {
        const string imports = "import boto3, moto.cloudformation, moto.sagemaker";
        var moto = await Command.TryRunAsync("python3", "-c", imports);
        Assert.SkipWhen(
            moto is not { ExitCode: 0 }, "Python's moto is not installed (pip install -r infra/aws/requirements.txt).");
        var finished = (await Command.TryRunAsync(
            "python3", Repository.PathOf("tests", "ServerlessMme.Infra.Tests", "Aws", "deploy.py"), Template,
            "ModelBucket=artifacts", "ModelPrefix=fleet/models", $"Image={Image}", $"Container={container}"))!;
        Assert.True(finished.ExitCode == 0, finished.Error);
        var json = finished.Output[finished.Output.IndexOf('{', StringComparison.Ordinal)..];
        return JsonDocument.Parse(json).RootElement;
    }

    [GeneratedRegex(@"VariantName: (\w+)")]
    private static partial Regex VariantName();
}
