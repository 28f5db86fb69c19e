using System.Text.Json.Nodes;
using ServerlessMme.Core.Queues;
using ServerlessMme.Integration.Tests.Jobs;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Lists;

/// <summary>Each list as JSON, which is one value and the only output, and as CSV.</summary>
public sealed class ListFormatTests(JobsFixture jobs) : IClassFixture<JobsFixture>
{
    private const int Timeout = 240_000;

    [Fact(Timeout = Timeout)]
    public async Task Models_aliases_and_groups_are_listed_and_shown()
    {
        await jobs.PushAsync(jobs.First, "listed");
        await jobs.RunAsync("models", "alias", "listed-alias", "listed");
        await jobs.RunAsync("models", "group", "listed-group", "listed", "missing");

        var models = (await JsonAsync("models", "list", "--json")).AsArray()
            .ToDictionary(model => (string)model!["name"]!, model => model!);
        var shown = await JsonAsync("models", "show", "listed-alias", "--json");
        var group = await JsonAsync("models", "group", "listed-group", "--json");
        var alias = await JsonAsync("models", "alias", "listed-alias", "--json");
        var csv = (await jobs.RunAsync("models", "list", "--format", "csv")).Split("\r\n");

        Assert.Equal("model", (string)models["listed"]["kind"]!);
        Assert.True((long)models["listed"]["bytes"]! > 0);
        Assert.Equal("listed", (string)models["listed-alias"]["target"]!);
        Assert.Equal(["listed", "missing"], models["listed-group"]["members"]!.AsArray().Select(m => (string)m!["name"]!));
        Assert.True(JsonNode.DeepEquals(models["listed-group"], group));
        Assert.True(JsonNode.DeepEquals(models["listed-alias"], alias));
        Assert.True(JsonNode.DeepEquals(
            group, await JsonAsync("models", "show", "listed-group", "--json")));
        Assert.Equal(("listed-alias", "listed"), ((string)shown["name"]!, (string)shown["model"]!));
        Assert.StartsWith("sha256:", (string)shown["digest"]!, StringComparison.Ordinal);
        Assert.Equal(10, shown["manifest"]!["labels"]!.AsArray().Count);
        Assert.True((int)shown["maxBatch"]! > 1);
        Assert.Equal("name,kind,target,version,bytes,members", csv[0]);
        Assert.Contains(csv, row => row.StartsWith("listed-group,group,,", StringComparison.Ordinal)
            && row.EndsWith(",listed missing", StringComparison.Ordinal));
    }

    [Fact(Timeout = Timeout)]
    public async Task Jobs_and_labels_are_listed()
    {
        await jobs.PushAsync(jobs.First, "jobs-listed");
        await using var worker = await jobs.StartWorkerAsync();
        var submitted = await MmeProcess.RunAsync(
            jobs.Storage.Connection, "submit", jobs.Images, "--model", "jobs-listed", "--by", "=anna", "--watch");
        var id = submitted.Output.Split('\n')[0].TrimEnd();

        var job = (await JsonAsync("jobs", "list", "--json")).AsArray().Single(job => (string)job!["id"]! == id);
        var csv = (await jobs.RunAsync("jobs", "list", "--format", "csv")).Split("\r\n");
        var labels = (await JsonAsync("labels", "jobs-listed", "--json")).AsArray();

        Assert.Equal(0, submitted.ExitCode);
        Assert.Equal(3, submitted.Output.TrimEnd().Split('\n').Length);
        Assert.True(JsonNode.DeepEquals(job, await JsonAsync("jobs", "show", id, "--json")));
        Assert.Equal("job,kind,model,request,by,state,total,done,unsure,refused,skipped,givenUp,cancelled,startedAt,endedAt",
            csv[0]);
        Assert.Contains(csv, row => row.StartsWith($"{id},submit,jobs-listed,", StringComparison.Ordinal)
            && row.Contains(",'=anna,completed,60,60,", StringComparison.Ordinal));
        Assert.Equal(60, labels.Count);
        Assert.All(labels, label => Assert.NotNull(label!["label"]));
    }

    [Fact(Timeout = Timeout)]
    public async Task Images_that_were_all_refused_fail_the_command()
    {
        await jobs.PushAsync(jobs.First, "all-refused");
        var folder = jobs.NewFolder();
        await File.WriteAllTextAsync(Path.Combine(folder, "a.jpg"), "no image", TestContext.Current.CancellationToken);
        await using var worker = await jobs.StartWorkerAsync();

        var (exitCode, output, errors) = await MmeProcess.RunAsync(
            jobs.Storage.Connection, "submit", folder, "--model", "all-refused", "--watch");

        Assert.Equal(1, exitCode);
        Assert.Contains("1 refused", output, StringComparison.Ordinal);
        Assert.Contains("The only image failed. 'mme jobs show ", errors, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task Given_up_messages_are_listed_and_shown()
    {
        await jobs.Storage.Account.Poison.CreateIfNotExistsAsync();
        await jobs.Storage.Account.Poison.SendMessageAsync("=no message");

        var message = Assert.Single((await JsonAsync("poison", "list", "--json")).AsArray())!;
        var csv = (await jobs.RunAsync("poison", "list", "--format", "csv")).Split("\r\n");

        Assert.Equal("=no message", (string)message["body"]!);
        Assert.True(JsonNode.DeepEquals(
            message, await JsonAsync("poison", "show", (string)message["message"]!, "--json")));
        Assert.Equal("message,givenUpAt,attempts,why,body", csv[0]);
        Assert.EndsWith(",'=no message", csv[1], StringComparison.Ordinal);

        // The way out is at the end of a reason.
        var why = string.Join(' ', Enumerable.Repeat("reason", 35)) + " way-out";
        var reason = $$"""{"reasons":[{"code":"InvalidMessage","message":"{{why}}"}],"tries":1,"""
            + """
            "givenUpAt":"2026-11-27T08:00:00Z","originalMessage":"=no message"}
            """;
        await jobs.Storage.Account.Jobs.CreateIfNotExistsAsync();
        await jobs.Storage.Account.Jobs.UploadBlobAsync(
            PoisonWriter.ReasonName((string)message["message"]!), BinaryData.FromString(reason));

        Assert.Contains("way-out", await jobs.RunAsync("poison", "list"), StringComparison.Ordinal);
    }

    /// <summary>Runs a command that must succeed, and parses its whole output as one value.</summary>
    private async Task<JsonNode> JsonAsync(params string[] arguments) =>
        JsonNode.Parse(await jobs.RunAsync(arguments))!;
}
