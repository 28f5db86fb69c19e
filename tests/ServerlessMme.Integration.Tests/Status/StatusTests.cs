using System.Text.Json;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Status;

public sealed class StatusTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    private const int Timeout = 180_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(90);

    [Fact(Timeout = Timeout)]
    public async Task A_running_worker_says_which_models_are_warm_and_what_it_measured()
    {
        await using var worker = MmeProcess.Start(storage.Connection, "worker");
        await worker.ListeningAsync();
        await storage.DropAsync(
            storage.Cifar, "a.jpg", BinaryData.FromBytes(await File.ReadAllBytesAsync(Repository.CifarImages[0])));
        using var label = await storage.LabelAsync(storage.Cifar, "a.jpg", Long);

        var status = await AskAsync(worker.Id);
        var (exitCode, table, errors) = await MmeProcess.RunAsync(null, "status");

        var model = status!.Value.GetProperty("models").EnumerateArray().Single();
        var published = label.RootElement.GetProperty("model");
        Assert.Equal("cifar10", model.GetProperty("name").GetString());
        Assert.Equal("Ready", model.GetProperty("state").GetString());
        Assert.Equal(published.GetProperty("version").GetString(), model.GetProperty("version").GetString());
        Assert.Equal(published.GetProperty("digest").GetString(), model.GetProperty("digest").GetString());
        // Models that earlier tests have stored may share a trunk with this one.
        Assert.Equal(
            status.Value.GetProperty("residentBytes").GetInt64(),
            model.GetProperty("bytes").GetInt64() + status.Value.GetProperty("trunks").EnumerateArray()
                .Sum(trunk => trunk.GetProperty("bytes").GetInt64()));
        Assert.Equal(1, Total(status.Value, "LoadedModelCount").GetProperty("sum").GetDouble());
        Assert.Equal("model=cifar10", Total(status.Value, "ModelLoadingTime").GetProperty("tags").GetString());
        Assert.Equal(0, exitCode);
        Assert.Empty(errors);
        Assert.Contains($"Worker {worker.Id} on 127.0.0.1", table, StringComparison.Ordinal);
        Assert.Contains("ModelCacheHit", table, StringComparison.Ordinal);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_worker_that_was_killed_is_not_listed()
    {
        await using var worker = MmeProcess.Start(storage.Connection, "worker");
        await worker.ListeningAsync();
        await Eventually.GetAsync<object>(Long, "status", async () => await AskAsync(worker.Id));

        await worker.KillAsync();

        Assert.Null(await AskAsync(worker.Id));
    }

    /// <summary>The status of one worker; null without a report. The workers of other tests are listed too.</summary>
    private static async Task<JsonElement?> AskAsync(int processId)
    {
        var (_, output, _) = await MmeProcess.RunAsync(null, "status", "--json");
        foreach (var worker in JsonDocument.Parse(output).RootElement.EnumerateArray())
        {
            if (worker.GetProperty("processId").GetInt32() == processId)
            {
                return worker;
            }
        }

        return null;
    }

    private static JsonElement Total(JsonElement worker, string name) => worker.GetProperty("metrics").EnumerateArray()
        .Single(metric => metric.GetProperty("name").GetString() == name);
}
