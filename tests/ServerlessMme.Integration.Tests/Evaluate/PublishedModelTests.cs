using System.Text.Json.Nodes;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Evaluate;

/// <summary><c>mme evaluate</c> of a model that is published and in no local folder.</summary>
public sealed class PublishedModelTests(StorageFixture storage) : IClassFixture<StorageFixture>, IDisposable
{
    private const int Timeout = 120_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory(Timeout = Timeout)]
    [InlineData("the environment")]
    [InlineData("--storage")]
    public async Task A_published_model_is_evaluated(string account)
    {
        CopySamples();
        var finished = account == "--storage"
            ? await RunAsync(null, "evaluate", "cifar10", "--images", "images", "--json", account, storage.Connection)
            : await RunAsync(storage.Connection, "evaluate", "cifar10", "--images", "images", "--json");

        Assert.Equal((0, ""), (finished.ExitCode, finished.Error));
        await SchemaCheck.AssertAsync("evaluation", finished.Output);
        Assert.Equal(30, (int)JsonNode.Parse(finished.Output)!["accuracy"]!["hits"]!);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_model_that_is_not_published_ends_with_3()
    {
        CopySamples();

        var finished = await RunAsync(storage.Connection, "evaluate", "flowers", "--images", "images");

        Assert.Equal((3, ""), (finished.ExitCode, finished.Output));
        Assert.Contains("No model 'flowers' is published", finished.Error, StringComparison.Ordinal);
    }

    private async Task<Finished> RunAsync(string? connection, params string[] arguments)
    {
        // Not in the repository, whose models/ has the model too.
        await using var mme = MmeProcess.Start(connection, [], arguments, _folder.Root);
        return await mme.FinishAsync();
    }

    private void CopySamples()
    {
        foreach (var image in Repository.CifarImages)
        {
            var name = Path.GetFileName(image);
            _folder.Write($"images/{name.Split('-')[0]}/{name}", File.ReadAllBytes(image));
        }
    }
}
