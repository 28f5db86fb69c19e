using System.Globalization;
using System.Text.Json;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Serving.Tests;

/// <summary>The article's calls through AWS's own clients, with signatures that the server verifies.</summary>
public sealed class AwsClientTests
{
    private static readonly string Script = Repository.PathOf("docs", "snippets", "invoke_endpoint.py");

    [Fact]
    public async Task Boto3_is_answered_for_every_model_in_turn_as_classify_answers()
    {
        var python = await Command.TryRunAsync("python3", "-c", "import boto3");
        Assert.SkipWhen(python is not { ExitCode: 0 }, "Python's boto3 is not installed.");
        await using var server = await StartAsync();
        for (var round = 0; round < 2; round++)
        {
            foreach (var model in Repository.ModelNames().Select(row => row.Data))
            {
                await AssertSameAsync(server, model, round == 0);
            }
        }
    }

    [Fact]
    public async Task The_command_line_of_AWS_is_answered_for_every_model()
    {
        var aws = await Command.TryRunAsync("aws", "--version");
        Assert.SkipWhen(aws is not { ExitCode: 0 }, "The AWS command line is not installed.");
        await using var server = await StartAsync();
        foreach (var model in Repository.ModelNames().Select(row => row.Data))
        {
            var file = Samples.First(model);
            var output = Path.GetTempFileName();

            var finished = await Command.TryRunAsync(
                "aws", AwsKeys.Environment,
                "sagemaker-runtime", "invoke-endpoint", "--endpoint-url", server.Url.AbsoluteUri,
                "--endpoint-name", "mme", "--target-model", $"{model}.tar.gz", "--content-type", "image/jpeg",
                "--accept", "application/vnd.serverlessmme.label+json", "--body", $"fileb://{file}", output);

            Assert.True(finished!.ExitCode == 0, finished.Error);
            Assert.Contains("\"InvokedProductionVariant\": \"AllTraffic\"", finished.Output, StringComparison.Ordinal);
            var label = JsonDocument.Parse(await File.ReadAllBytesAsync(output)).RootElement;
            File.Delete(output);
            var expected = (await Samples.ClassifyAsync(model, file)).Values.Single();
            Assert.Equal(expected.GetProperty("label").GetString(), label.GetProperty("label").GetString());
            Assert.Equal(
                expected.GetProperty("score").GetSingle(), label.GetProperty("score").GetSingle(), 1e-5f);
        }
    }

    [Fact]
    public async Task The_script_in_the_docs_is_the_one_that_ran()
    {
        var page = await File.ReadAllTextAsync(Repository.PathOf("docs", "sagemaker.md"));

        Assert.Contains((await File.ReadAllTextAsync(Script)).Trim(), page, StringComparison.Ordinal);
    }

    private static Task<RunningServer> StartAsync() => RunningServer.StartAsync(
        ($"Serve:Keys:{AwsKeys.Id}", AwsKeys.Secret));

    private static async Task AssertSameAsync(RunningServer server, string model, bool asInstances)
    {
        var file = Samples.First(model);
        var body = file;
        if (asInstances)
        {
            body = Path.GetTempFileName();
            await File.WriteAllBytesAsync(body, await Samples.InstancesAsync(server, model, TensorLayout.NHWC, file));
        }

        var finished = await Command.TryRunAsync(
            "python3", AwsKeys.Environment, Script, server.Url.AbsoluteUri, $"{model}.tar.gz",
            asInstances ? "application/json" : Samples.ContentTypeOf(file), body);

        Assert.True(finished!.ExitCode == 0, finished.Error);
        var printed = finished.Output.Trim().Split(' ');
        var best = (await Samples.ClassifyAsync(model, file)).Values.Single().GetProperty("top")[0];
        Assert.Equal(best.GetProperty("index").GetInt32(), int.Parse(printed[0], CultureInfo.InvariantCulture));
        Assert.Equal(
            best.GetProperty("score").GetSingle(), float.Parse(printed[1], CultureInfo.InvariantCulture), 1e-5f);
    }
}
