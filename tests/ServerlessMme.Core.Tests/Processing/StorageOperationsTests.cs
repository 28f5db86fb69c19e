using System.Diagnostics.Metrics;
using System.Globalization;
using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Processing;

/// <summary>Counts the storage operations per image that docs/operations.md states.</summary>
[Collection("classify queue")]
public sealed class StorageOperationsTests(AzuriteFixture azurite)
{
    private const int Timeout = 120_000;
    private const int Taken = 32;
    private readonly StorageOperations _operations = new();

    [Fact(Timeout = Timeout)]
    public async Task A_single_drop_takes_three_operations_and_a_share_of_one()
    {
        var model = await azurite.CreateModelAsync();
        var names = await DropAsync(model, Taken);
        var container = $"/blobServices/default/containers/{model.ImagesContainer}";
        var messages = names.Select(name => $$"""
            {"eventType":"Microsoft.Storage.BlobCreated","subject":"{{container}}/blobs/{{name}}"}
            """).ToArray();

        await AnswerAsync(messages);

        // Per image: read it, write its label, delete its message. Per batch: receive the messages.
        AssertDocumented("single drop", (Taken * 3) + 1, Taken);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_list_message_takes_three_operations_an_image_and_two_a_message()
    {
        var model = await azurite.CreateModelAsync();
        var names = await DropAsync(model, 100);

        await AnswerAsync($$"""{"model":"{{model}}","images":["{{string.Join("\",\"", names)}}"]}""");

        // Per image: look for a current label, read the image, write the label.
        AssertDocumented("list message", (100 * 3) + 2, 100);
    }

    [Fact(Timeout = Timeout)]
    public async Task An_archive_takes_seven_operations_and_two_for_each_thousand_lines()
    {
        var model = await azurite.CreateModelAsync();
        const int count = 10_000;
        await PackAsync(model, count);

        await AnswerAsync($$"""{"model":"{{model}}","images":["a.zip"]}""");

        // Look for a summary and for lines, read the archive, write the lines and the summary, receive and delete the
        // message. Lines beyond the first thousand go into blocks, each of which costs two operations.
        AssertDocumented("archive", 7 + (count / 1000 * 2), count);
    }

    private void AssertDocumented(string what, int operations, int images)
    {
        Assert.True(operations == _operations.Total, $"{_operations.Total}, not {operations}: {_operations.Text}");
        var each = ((double)operations / images).ToString("0.00##", CultureInfo.InvariantCulture);
        var docs = Repository.Read("docs", "operations.md");
        var row = string.Create(CultureInfo.InvariantCulture, $"| {what} of {images:N0} | {operations} | {each} |");
        Assert.Contains(row, docs, StringComparison.Ordinal);
    }

    private async Task AnswerAsync(params string[] messages)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var account = azurite.Observed(_operations);
        var catalog = new BlobModelCatalog(account, new ArtifactFolder(Options.Create(new ArtifactOptions())));
        using var cache = new ModelCache(
            catalog,
            new ModelLoader(catalog, []),
            Options.Create(new ModelCacheOptions { BudgetBytes = 1 << 30 }),
            TimeProvider.System,
            services.GetRequiredService<IMeterFactory>(),
            NullLogger<ModelCache>.Instance);
        var classifier = new BatchClassifier(
            cache, new NoPreprocessor(), AmpleMemory.Create(), Options.Create(new PipelineOptions()), TimeProvider.System);
        var images = Options.Create(new ImageOptions());
        var labels = new BlobLabelSink(account);
        var processor = Processors.Create(
            account,
            classifier,
            new BlobImageSource(account, AmpleMemory.Create(), images),
            labels,
            Processors.Poison(account),
            new Ledger(account, labels).Messages);
        await azurite.Account.Classify.ClearMessagesAsync();
        foreach (var message in messages)
        {
            await azurite.Account.Classify.SendMessageAsync(message);
        }

        // Like the listener, without its empty polls.
        var taken = (await account.Classify.ReceiveMessagesAsync(Taken)).Value;
        var failures = await processor.ProcessAsync(
            [.. taken.Select(message => new IncomingMessage(message.Body.ToMemory(), message.DequeueCount))],
            CancellationToken.None);
        Assert.All(failures, Assert.Null);
        foreach (var message in taken)
        {
            await account.Classify.DeleteMessageAsync(message.MessageId, message.PopReceipt);
        }
    }

    private async Task<IReadOnlyList<string>> DropAsync(ModelName model, int count)
    {
        var names = Enumerable.Range(0, count).Select(i => $"{i}.jpg").ToList();
        await Parallel.ForEachAsync(names, async (name, stopping) =>
            await azurite.Account.ImagesOf(model).GetBlobClient(name)
                .UploadAsync(BinaryData.FromString("x"), stopping));
        return names;
    }

    private async Task PackAsync(ModelName model, int count)
    {
        using var buffer = new MemoryStream();
        using (var zip = new ZipArchive(buffer, ZipArchiveMode.Create, leaveOpen: true))
        {
            for (var i = 0; i < count; i++)
            {
                using var entry = zip.CreateEntry($"{i}.jpg", CompressionLevel.NoCompression).Open();
                entry.WriteByte(1);
            }
        }

        await azurite.Account.ImagesOf(model).GetBlobClient("a.zip")
            .UploadAsync(BinaryData.FromBytes(buffer.ToArray()));
    }

    /// <summary>No image comes this far: there is no model, which takes no operation less.</summary>
    private sealed class NoPreprocessor : IImagePreprocessor
    {
        public ValueTask<Refusal?> FillAsync(
            EncodedImage image, InputSpec input, TensorBatch tensors, int row, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
