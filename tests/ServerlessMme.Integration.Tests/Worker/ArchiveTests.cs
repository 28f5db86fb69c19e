using System.Text;
using System.Text.Json;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Models;
using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Worker;

public sealed class ArchiveTests(StorageFixture storage) : IClassFixture<StorageFixture>
{
    private const int Timeout = 240_000;
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(120);

    [Fact(Timeout = Timeout)]
    public async Task Archives_are_answered_line_by_line_as_their_images_are_one_by_one()
    {
        var entries = Samples(24).Append(("folder/not.jpg", "hello"u8.ToArray()))
            .Append(("__MACOSX/._1.jpg", new byte[] { 0, 5, 22, 7 })).ToList();
        await using var worker = await StartAsync();
        await storage.DropAsync(storage.Cifar, "a/holiday.zip", Packed.Zip(entries));
        await storage.DropAsync(storage.Cifar, "a/holiday.tar.gz", Packed.TarGzip(entries));
        foreach (var (name, content) in entries)
        {
            await storage.DropAsync(storage.Cifar, $"single/{name}", BinaryData.FromBytes(content));
        }

        foreach (var archive in (string[])["a/holiday.zip", "a/holiday.tar.gz"])
        {
            using var summary = await SummaryAsync(storage.Cifar, archive);
            Assert.False(summary.RootElement.TryGetProperty("error", out _));
            Assert.Equal(26, summary.RootElement.GetProperty("entries").GetInt32());
            Assert.Equal("""{"NotAnImage":2}""", summary.RootElement.GetProperty("errors").GetRawText());
            await SchemaCheck.AssertAsync("summary", summary.RootElement.GetRawText());
            var lines = await LinesAsync(storage.Cifar, archive);
            Assert.Equal(entries.Select(entry => $"{archive}/{entry.Item1}"), lines.Select(NameOf));
            for (var i = 0; i < entries.Count; i++)
            {
                await SchemaCheck.AssertAsync("label", lines[i].GetRawText());
                using var single = await storage.LabelAsync(storage.Cifar, $"single/{entries[i].Item1}", Long);
                AssertSameAnswer(single.RootElement, lines[i]);
            }
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Killing_the_worker_in_the_middle_leaves_one_line_for_every_entry()
    {
        const int count = 6000;
        const string name = "kill/many.zip";
        var entries = Samples(count).ToList();
        await storage.DropAsync(storage.Cifar, name, Packed.Zip(entries));
        var lines = storage.Account.LabelsOf(storage.Cifar).GetBlockBlobClient(name + ".jsonl");
        var blocks = 0;
        for (var kills = 0; kills < 3; kills++)
        {
            await using var victim = await StartAsync(("Mme__Archives__CheckpointLines", "50"));
            // Kill the worker after it has written some lines and long before it has written all.
            blocks = int.Parse(await Eventually.GetAsync(Long, "more lines", async () =>
                await BlocksAsync() is var now && now > blocks + 3 ? $"{now}" : null));
            await victim.KillAsync();
            Assert.False(await ExistsAsync(name + ".summary.json"), $"The answer is not whole after {blocks} blocks.");
        }

        await using var worker = await StartAsync();
        using var summary = await SummaryAsync(storage.Cifar, name);

        Assert.Equal(count, summary.RootElement.GetProperty("entries").GetInt32());
        Assert.Equal(
            entries.Select(entry => $"{name}/{entry.Name}"), (await LinesAsync(storage.Cifar, name)).Select(NameOf));
        // The lines of the killed workers are still there, and no other worker wrote them again.
        Assert.True(await BlocksAsync() > blocks, "The last worker went on.");

        async Task<int> BlocksAsync()
        {
            try
            {
                return (await lines.GetBlockListAsync(BlockListTypes.Committed)).Value.CommittedBlocks.Count();
            }
            catch (RequestFailedException exception) when (exception.Status == 404)
            {
                return 0;
            }
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task Bad_archives_are_answered_with_what_is_wrong()
    {
        var whole = Packed.Zip(Samples(10)).ToArray();
        await using var worker = await StartAsync();
        await storage.DropAsync(storage.Cifar, "bad/not.zip", BinaryData.FromString("I am no archive."));
        await storage.DropAsync(storage.Cifar, "bad/cut.zip", BinaryData.FromBytes(whole[..(whole.Length / 2)]));

        using var not = await SummaryAsync(storage.Cifar, "bad/not.zip");
        Assert.Equal("NotAnArchive", LabelError.CodeOf(not.RootElement));
        Assert.Empty(await LinesAsync(storage.Cifar, "bad/not.zip"));
        await SchemaCheck.AssertAsync("summary", not.RootElement.GetRawText());
        using var cut = await SummaryAsync(storage.Cifar, "bad/cut.zip");
        Assert.Equal("DamagedArchive", LabelError.CodeOf(cut.RootElement));
        Assert.InRange((await LinesAsync(storage.Cifar, "bad/cut.zip")).Count, 1, 9);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_replaced_archive_is_answered_again()
    {
        await using var worker = await StartAsync();
        await storage.DropAsync(storage.Cifar, "again.zip", Packed.Zip(Samples(3)));
        using var first = await SummaryAsync(storage.Cifar, "again.zip");

        await storage.DropAsync(storage.Cifar, "again.zip", Packed.Zip(Samples(5)));

        using var second = await SummaryAsync(
            storage.Cifar, "again.zip", summary => summary.GetProperty("entries").GetInt32() == 5);
        Assert.Equal(5, (await LinesAsync(storage.Cifar, "again.zip")).Count);
    }

    [Fact(Timeout = Timeout)]
    public async Task One_message_may_ask_several_models_for_lists_and_prefixes()
    {
        var other = ModelName.Parse("other").Value;
        var (exitCode, _, errors) = await MmeProcess.RunAsync(
            storage.Connection, "models", "push", Repository.PathOf("models", "cifar10"), "--name", "other");
        Assert.True(exitCode == 0, errors);
        foreach (var (name, content) in Samples(7))
        {
            await storage.DropAsync(storage.Cifar, $"several/{name}", BinaryData.FromBytes(content));
            await storage.DropAsync(other, $"several/{name}", BinaryData.FromBytes(content));
        }

        await storage.DropAsync(other, "pack.zip", Packed.Zip(Samples(2)));
        // Only the message asks for the image.
        await using var worker = await StartAsync(("Mme__Reconcile__Interval", "00:00:00"), ("Mme__Batch__Size", "3"));
        var first = Samples(1).Single().Name;
        await storage.Account.Classify.SendMessageAsync(
            $$"""[{"model":"cifar10","images":["several/{{first}}"]},{"model":"other","prefix":""}]""");

        using var label = await storage.LabelAsync(storage.Cifar, $"several/{first}", Long);
        foreach (var (name, _) in Samples(7))
        {
            (await storage.LabelAsync(other, $"several/{name}", Long)).Dispose();
        }

        using var summary = await SummaryAsync(other, "pack.zip");
        Assert.Equal(2, summary.RootElement.GetProperty("entries").GetInt32());
        Assert.False(
            await ExistsAsync($"several/{Samples(2).Last().Name}.json"), "Only one image was asked of cifar10.");
    }

    private static IEnumerable<(string Name, byte[] Content)> Samples(int count)
    {
        var samples = Repository.CifarImages.Select(File.ReadAllBytes).ToList();
        return Enumerable.Range(0, count).Select(i => ($"folder {i % 7}/{i:D5} ü.jpg", samples[i % samples.Count]));
    }

    private static string NameOf(JsonElement line) => line.GetProperty("image").GetProperty("name").GetString()!;

    // The last digits of a score depend on how many images share a run.
    private static void AssertSameAnswer(JsonElement single, JsonElement line)
    {
        Assert.Equal(LabelError.CodeOf(single), LabelError.CodeOf(line));
        if (LabelError.CodeOf(single) is not null)
        {
            return;
        }

        Assert.Equal(single.GetProperty("label").GetString(), line.GetProperty("label").GetString());
        var others = line.GetProperty("top").EnumerateArray();
        foreach (var (one, other) in single.GetProperty("top").EnumerateArray().Zip(others))
        {
            Assert.Equal(one.GetProperty("index").GetInt32(), other.GetProperty("index").GetInt32());
            Assert.Equal(one.GetProperty("score").GetSingle(), other.GetProperty("score").GetSingle(), 1e-5f);
        }
    }

    private async Task<MmeProcess> StartAsync(params (string, string)[] settings)
    {
        var worker = MmeProcess.Start(storage.Connection, settings, ["worker"]);
        await worker.ListeningAsync();
        return worker;
    }

    private async Task<bool> ExistsAsync(string label) =>
        await storage.Account.LabelsOf(storage.Cifar).GetBlobClient(label).ExistsAsync();

    private Task<JsonDocument> SummaryAsync(
        ModelName model, string archive, Func<JsonElement, bool>? isRight = null) =>
        storage.LabelAsync(model, archive + ".summary", Long, isRight);

    private async Task<IReadOnlyList<JsonElement>> LinesAsync(ModelName model, string archive)
    {
        var blob = storage.Account.LabelsOf(model).GetBlobClient(archive + ".jsonl");
        var lines = (await blob.DownloadContentAsync()).Value.Content;
        return [.. Encoding.UTF8.GetString(lines).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
