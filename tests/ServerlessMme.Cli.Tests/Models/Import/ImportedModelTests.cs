using System.Text.Json;
using ServerlessMme.Cli.Models;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Cli.Tests.Models.Import;

/// <summary>The models that <c>mme models init</c> makes, all the way to their labels.</summary>
public sealed class ImportedModelTests(ImportRuns runs) : IClassFixture<ImportRuns>
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    [Fact(Timeout = 300_000)]
    public async Task Each_export_is_checked_published_and_labels_its_image()
    {
        var stopping = TestContext.Current.CancellationToken;
        await using var emulated = await EmulatedAccount.StartAsync();
        await emulated.Account.CreateAsync(stopping);
        var publisher = new ModelPublisher(emulated.Account);
        foreach (var fixture in ImportFixture.Names.Select(name => new ImportFixture(name)))
        {
            var run = await runs.OfAsync(fixture);
            var model = ModelName.Parse(fixture.Name).Value;
            var report = await CheckCommand.CheckAsync(model, run.Folder, image: null, stopping);
            Assert.True(report.IsFine, $"{fixture.Name}: {string.Join('\n', report.Lines)}");
            Assert.Null((await publisher.PushAsync(model, run.Folder, stopping)).Refusal);
            var drop = emulated.Account.ImagesOf(model).GetBlobClient(Path.GetFileName(fixture.Image));
            await drop.UploadAsync(fixture.Image, stopping);
        }

        await using var worker = MmeProcess.Start(emulated.ConnectionString, "worker");
        foreach (var fixture in ImportFixture.Names.Select(name => new ImportFixture(name)))
        {
            var labels = emulated.Account.LabelsOf(ModelName.Parse(fixture.Name).Value);
            var blob = labels.GetBlobClient(Path.GetFileName(fixture.Image) + ".json");
            var json = await Eventually.GetAsync(Long, $"label of {fixture.Name}", async () =>
                await blob.ExistsAsync(stopping) ? (await blob.DownloadContentAsync(stopping)).Value.Content : null);
            await SchemaCheck.AssertAsync("label", json.ToString());
            using var label = JsonDocument.Parse(json);
            var best = fixture.Scores.Max();
            Assert.Equal(best, label.RootElement.GetProperty("score").GetDouble(), fixture.Tolerance);
            Assert.Equal(
                Array.IndexOf(fixture.Scores, best),
                label.RootElement.GetProperty("top")[0].GetProperty("index").GetInt32());
        }
    }
}
