using System.Text.Json.Nodes;
using ServerlessMme.Serving.Tests.Support;
using ServerlessMme.Testing.Files;

namespace ServerlessMme.Serving.Tests;

/// <summary>The forwarder against <c>mme serve</c>: the same drop through both backends.</summary>
public sealed class ForwardingTests
{
    public static IEnumerable<TheoryDataRow<string, string>> Cases() =>
        from row in Repository.ModelNames()
        from payload in new[] { "instances", "image" }
        select new TheoryDataRow<string, string>(row.Data, payload);

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_drop_gets_the_same_label_from_both_backends_but_for_version_backend_and_time(
        string model, string payload)
    {
        await using var server = await RunningServer.StartAsync(($"Serve:Keys:{AwsKeys.Id}", AwsKeys.Secret));
        using var folder = new TemporaryFolder();
        await WriteRemoteAsync(folder.PathOf(model), model, payload);
        var environment = new Dictionary<string, string>(AwsKeys.Environment)
        {
            ["Mme__SageMaker__ServiceUrl"] = server.Url.AbsoluteUri,
        };

        var remote = await Samples.ClassifyAsync(folder.PathOf(model), Repository.Samples(model), environment);
        var local = await Samples.ClassifyAsync(model, Repository.Samples(model));

        Assert.NotEmpty(local);
        Assert.Equal(local.Keys, remote.Keys);
        foreach (var name in local.Keys.Where(name => !local[name].TryGetProperty("error", out _)))
        {
            Assert.Equal(Comparable(local[name].GetRawText()), Comparable(remote[name].GetRawText()));
            Samples.AssertEqual(Samples.Scores(local[name]), Samples.Scores(remote[name]));
        }

        foreach (var name in local.Keys.Where(name => local[name].TryGetProperty("error", out _)))
        {
            Assert.Contains(
                local[name].GetProperty("error").GetProperty("code").GetString()!,
                remote[name].GetProperty("error").GetRawText(), StringComparison.Ordinal);
        }
    }

    private static async Task WriteRemoteAsync(string folder, string model, string payload)
    {
        Directory.CreateDirectory(folder);
        var manifest = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(Repository.Models, model, "model.json")))!.AsObject();
        manifest["backend"] = new JsonObject
        {
            ["type"] = "sagemaker",
            ["endpoint"] = "mme",
            ["targetModel"] = $"{model}.tar.gz",
            ["region"] = "us-east-1",
            ["payload"] = payload,
        };
        await File.WriteAllTextAsync(Path.Combine(folder, "model.json"), manifest.ToJsonString());
    }

    /// <summary>
    /// A label without its scores, whose last digits depend on the images that shared a run.
    /// </summary>
    private static string Comparable(string label)
    {
        var node = JsonNode.Parse(label)!.AsObject();
        foreach (var name in new[] { "classifiedAt", "score", "top" })
        {
            Assert.True(node.Remove(name));
        }

        foreach (var name in new[] { "version", "digest", "backend" })
        {
            Assert.True(node["model"]!.AsObject().Remove(name));
        }

        return node.ToJsonString();
    }
}
