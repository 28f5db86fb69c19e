using System.Text;
using Azure.Storage.Blobs.Models;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Archives;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Archives;

public sealed class BlobArchiveStoreTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;
    private const string Version = "v1";
    private const string Name = "2026/holiday.zip";
    private static readonly byte[] Line = """{"label":"a"}"""u8.ToArray();
    private readonly BlobArchiveStore _store = new(azurite.Account);

    [Fact(Timeout = Timeout)]
    public async Task Lines_grow_and_the_summary_makes_them_whole()
    {
        var model = await azurite.CreateModelAsync();
        var etag = await DropAsync(model, new string('x', 200_000));
        await using var work = await OpenAsync(model);

        Assert.Equal((model.ImagesContainer, Name, etag, 200_000), (
            work.Archive.Container, work.Archive.Name, work.Archive.ETag, work.Archive.Bytes));
        Assert.Equal(200_000, (await new StreamReader(work.Content).ReadToEndAsync()).Length);
        await work.KeepAsync(Lines(3), CancellationToken.None);
        Assert.Null(BlobLabelSink.StampOf(await MetadataAsync(model, ".jsonl")).ImageETag);
        await work.CompleteAsync(Lines(2), "{}"u8.ToArray(), CancellationToken.None);

        Assert.Equal(5, (await ReadLinesAsync(model)).Length);
        foreach (var suffix in (string[])[".jsonl", ".summary.json"])
        {
            var stamp = BlobLabelSink.StampOf(await MetadataAsync(model, suffix));
            Assert.Equal((etag, Version), (stamp.ImageETag, stamp.ModelVersion));
        }
    }

    [Fact(Timeout = Timeout)]
    public async Task A_later_try_goes_on_after_the_lines_that_were_kept()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var first = await OpenAsync(model))
        {
            await first.KeepAsync(Lines(3), CancellationToken.None);
            await first.KeepAsync(Lines(4), CancellationToken.None);
        }

        await using var second = await OpenAsync(model);
        Assert.Equal(7, second.Kept.Lines);
        Assert.Equal(7, second.Kept.Labels["a"]);
        await second.KeepAsync(Lines(1), CancellationToken.None);
        await second.CompleteAsync(ReadOnlyMemory<byte>.Empty, "{}"u8.ToArray(), CancellationToken.None);

        Assert.Equal(8, (await ReadLinesAsync(model)).Length);
        Assert.Null(await _store.OpenAsync(model, Name, Version, CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task Removing_a_model_keeps_the_answer_of_an_archive()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var work = await OpenAsync(model))
        {
            await work.CompleteAsync(Lines(2), "{}"u8.ToArray(), CancellationToken.None);
        }

        Assert.Null(await _store.OpenAsync(model, Name, LabelStamp.NoModel, CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task Removing_a_model_keeps_the_lines_that_an_archive_has()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var first = await OpenAsync(model))
        {
            await first.KeepAsync(Lines(3), CancellationToken.None);
            await first.KeepAsync(Lines(2), CancellationToken.None);
        }

        await using var second = await OpenAsync(model, LabelStamp.NoModel);

        Assert.Equal(5, second.Kept.Lines);
        await second.CompleteAsync(Lines(1), "{}"u8.ToArray(), CancellationToken.None);
        Assert.Equal(6, (await ReadLinesAsync(model)).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task Removing_a_model_keeps_complete_lines_without_a_summary()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var work = await OpenAsync(model))
        {
            await work.CompleteAsync(Lines(2), "{}"u8.ToArray(), CancellationToken.None);
        }

        await azurite.Account.LabelsOf(model).GetBlobClient(Name + ".summary.json").DeleteAsync();

        Assert.Null(await _store.OpenAsync(model, Name, LabelStamp.NoModel, CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_of_an_unknown_model_creates_no_container()
    {
        var model = ModelName.Parse($"unknown-{Guid.NewGuid():N}").Value;
        await using var work = await _store.OpenAsync(model, Name, LabelStamp.NoModel, CancellationToken.None);

        await Assert.ThrowsAsync<NoSuchModelException>(
            () => work!.CompleteAsync(Lines(1), "{}"u8.ToArray(), CancellationToken.None));

        Assert.False(await azurite.Account.LabelsOf(model).ExistsAsync());
    }

    [Theory(Timeout = Timeout)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Lines_of_another_version_count_for_nothing(bool ofImage)
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var first = await OpenAsync(model))
        {
            await first.KeepAsync(Lines(3), CancellationToken.None);
        }

        if (ofImage)
        {
            await DropAsync(model, "y");
        }

        await using var second = await OpenAsync(model, ofImage ? Version : "v2");

        Assert.Equal(0, second.Kept.Lines);
        await second.CompleteAsync(Lines(2), "{}"u8.ToArray(), CancellationToken.None);
        Assert.Equal(2, (await ReadLinesAsync(model)).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_old_summary_goes_before_new_lines_come()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using (var first = await OpenAsync(model))
        {
            await first.CompleteAsync(Lines(3), "{}"u8.ToArray(), CancellationToken.None);
        }

        await DropAsync(model, "y");

        await using var second = await OpenAsync(model);
        await second.KeepAsync(Lines(1), CancellationToken.None);

        Assert.False(await azurite.Account.LabelsOf(model).GetBlobClient(Name + ".summary.json").ExistsAsync());
    }

    [Fact(Timeout = Timeout)]
    public async Task Of_two_workers_at_one_archive_the_second_to_write_stops()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await using var first = await OpenAsync(model);
        await using var second = await OpenAsync(model);
        await first.KeepAsync(Lines(3), CancellationToken.None);

        await Assert.ThrowsAsync<ArchiveTakenException>(() => second.KeepAsync(Lines(2), CancellationToken.None));
        await Assert.ThrowsAsync<ArchiveTakenException>(
            () => second.CompleteAsync(Lines(2), "{}"u8.ToArray(), CancellationToken.None));
        await first.CompleteAsync(Lines(1), "{}"u8.ToArray(), CancellationToken.None);

        Assert.Equal(4, (await ReadLinesAsync(model)).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_write_whose_answer_was_lost_is_not_taken_for_another_workers()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        var network = new LostAnswer();
        var store = new BlobArchiveStore(azurite.Observed(network));
        await using var work = (await store.OpenAsync(model, Name, Version, CancellationToken.None))!;

        await work.KeepAsync(Lines(3), CancellationToken.None);
        await work.KeepAsync(Lines(2), CancellationToken.None);
        await work.CompleteAsync(Lines(1), "{}"u8.ToArray(), CancellationToken.None);

        Assert.Equal(4, network.Commits);
        Assert.Equal(6, (await ReadLinesAsync(model)).Length);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_missing_archive_is_a_refusal_with_an_answer()
    {
        var model = await azurite.CreateModelAsync();
        await using var work = await OpenAsync(model);

        Assert.Equal(ErrorCode.ImageNotFound, work.Refusal?.Code);
        await work.CompleteAsync(ReadOnlyMemory<byte>.Empty, "{}"u8.ToArray(), CancellationToken.None);

        Assert.Empty(await ReadLinesAsync(model));
        Assert.Null(await _store.OpenAsync(model, Name, Version, CancellationToken.None));
    }

    [Fact(Timeout = Timeout)]
    public async Task The_label_container_is_made_when_it_is_missing()
    {
        var model = await azurite.CreateModelAsync();
        await DropAsync(model, "x");
        await azurite.Account.LabelsOf(model).DeleteAsync();

        await using (var work = await OpenAsync(model))
        {
            await work.KeepAsync(Lines(1), CancellationToken.None);
        }

        await using var next = await OpenAsync(model);
        Assert.Equal(1, next.Kept.Lines);
    }

    private static byte[] Lines(int count) =>
        [.. Enumerable.Repeat((byte[])[.. Line, (byte)'\n'], count).SelectMany(line => line)];

    private async Task<IArchiveWork> OpenAsync(ModelName model, string version = Version) =>
        (await _store.OpenAsync(model, Name, version, CancellationToken.None))!;

    private async Task<string> DropAsync(ModelName model, string content) =>
        (await azurite.Account.ImagesOf(model).GetBlobClient(Name).UploadAsync(
            BinaryData.FromString(content), overwrite: true)).Value.ETag.ToString().Trim('"');

    private async Task<IDictionary<string, string>> MetadataAsync(ModelName model, string suffix) =>
        (await azurite.Account.LabelsOf(model).GetBlobClient(Name + suffix).GetPropertiesAsync()).Value.Metadata;

    private async Task<string[]> ReadLinesAsync(ModelName model)
    {
        BlobDownloadResult lines = await azurite.Account.LabelsOf(model).GetBlobClient(Name + ".jsonl")
            .DownloadContentAsync();
        return Encoding.UTF8.GetString(lines.Content).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
