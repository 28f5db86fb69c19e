using System.Runtime.CompilerServices;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Sas;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Labels;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Artifacts;
using ServerlessMme.Core.Queues;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Core.Requests;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Storage.Models;
using ServerlessMme.Storage.Queues;
using ServerlessMme.Storage.Reconcile;
using ServerlessMme.Testing.Cache;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Core.Tests.Reconcile;

[Collection("classify queue")]
public sealed class ReconcilerTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;
    private readonly FakeTimeProvider _time = new();

    [Fact(Timeout = Timeout)]
    public async Task What_has_no_current_label_is_asked_for_once()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var etags = new Dictionary<string, string>();
        foreach (var name in (string[])["a.jpg", "b.jpg", "c/d.jpg"])
        {
            var blob = azurite.Account.ImagesOf(model).GetBlobClient(name);
            etags[name] = (await blob.UploadAsync(BinaryData.FromString("x"))).Value.ETag.ToString().Trim('"');
        }

        await WriteLabelAsync(model, "a.jpg", etags["a.jpg"]);
        await WriteLabelAsync(model, "b.jpg", "0xOLD");
        var reconciler = CreateReconciler();

        await reconciler.SweepAsync(CancellationToken.None);
        Assert.Equal(["b.jpg", "c/d.jpg"], await AskedAsync(model));

        await reconciler.SweepAsync(CancellationToken.None);
        Assert.Empty(await AskedAsync(model));

        _time.Advance(TimeSpan.FromMinutes(3));
        await reconciler.SweepAsync(CancellationToken.None);
        Assert.Equal(["b.jpg", "c/d.jpg"], await AskedAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task Answers_of_a_removed_model_are_not_asked_for_again()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        foreach (var name in (string[])["answered.jpg", "new.jpg", "whole.zip"])
        {
            await azurite.Account.ImagesOf(model).UploadBlobAsync(name, BinaryData.FromString("x"));
        }

        await WriteLabelAsync(model, "answered.jpg", "0x1", "v1");
        await azurite.Account.LabelsOf(model).GetBlobClient("whole.zip.summary.json").UploadAsync(
            BinaryData.FromString("{}"),
            new BlobUploadOptions
            {
                Metadata = new Dictionary<string, string> { ["imageetag"] = "0x1", ["modeletag"] = "v1" },
            });

        await CreateReconciler().SweepAsync(CancellationToken.None);

        Assert.Equal(["new.jpg"], await AskedAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_name_with_a_leading_or_trailing_slash_is_not_asked_for()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var model = await azurite.CreateModelAsync();
        var container = azurite.Account.ImagesOf(model);
        var access = container.GenerateSasUri(BlobContainerSasPermissions.All, TimeProvider.System.GetUtcNow().AddHours(1));
        using var http = new HttpClient();
        foreach (var name in (string[])["pair.jpg", "%2Fpair.jpg", "pair.jpg%2F", "a%2F%2Fb.jpg"])
        {
            // The SDK takes such slashes off, so the request is written by hand.
            using var request = new HttpRequestMessage(HttpMethod.Put, $"{container.Uri}/{name}{access.Query}");
            request.Headers.Add("x-ms-blob-type", "BlockBlob");
            request.Content = new StringContent("x");
            (await http.SendAsync(request)).EnsureSuccessStatusCode();
        }

        await CreateReconciler().SweepAsync(CancellationToken.None);

        Assert.Equal(["a//b.jpg", "pair.jpg"], await AskedAsync(model));
    }

    [Fact(Timeout = Timeout)]
    public async Task Answers_of_an_alias_without_target_are_not_asked_for_again()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var alias = await azurite.CreateModelAsync();
        await azurite.Account.ImagesOf(alias).UploadBlobAsync("answered.jpg", BinaryData.FromString("x"));
        await WriteLabelAsync(alias, "answered.jpg", "0x1", "v1");
        await azurite.Account.Models.GetBlobClient($"{alias}.json")
            .UploadAsync(BinaryData.FromString("""{"alias":"gone"}"""));

        await CreateReconciler().SweepAsync(CancellationToken.None);

        Assert.Empty(await AskedAsync(alias));
    }

    private async Task WriteLabelAsync(ModelName model, string image, string etag, string? version = null) =>
        await new BlobLabelSink(azurite.Account).WriteAsync(
            model,
            new Label(
                new ImageReference(model.ImagesContainer, image, etag, 1),
                new AnsweringModel(model.Value, version, null, null),
                [new ScoredClass("x", 0, 1)],
                null,
                _time.GetUtcNow()),
            CancellationToken.None);

    private async Task<List<string>> AskedAsync(ModelName model)
    {
        var asked = new List<string>();
        while ((await azurite.Account.Classify.ReceiveMessagesAsync(32)).Value is { Length: > 0 } messages)
        {
            foreach (var message in messages)
            {
                asked.AddRange(MessageParser.Parse(message.Body.ToMemory()).Value.Requests
                    .Where(request => request.Model == model).SelectMany(request => request.Images));
                await azurite.Account.Classify.DeleteMessageAsync(message.MessageId, message.PopReceipt);
            }
        }

        return asked;
    }

    [Fact(Timeout = Timeout)]
    public async Task A_container_that_cannot_be_listed_does_not_stop_the_others()
    {
        await azurite.Account.Classify.ClearMessagesAsync();
        var broken = await azurite.CreateModelAsync();
        var good = await azurite.CreateModelAsync();
        await azurite.Account.ImagesOf(good).UploadBlobAsync("a.jpg", BinaryData.FromString("x"));
        using var meters = new TestMeters();
        var listing = new BreakingListing(new BlobDropListing(azurite.Account), broken, good);

        var counts = await CreateReconciler(listing, meters).SweepAsync(CancellationToken.None);

        Assert.Equal(new SweepCounts(1, 1), counts);
        Assert.Equal(["a.jpg"], await AskedAsync(good));
        Assert.Equal([1], meters.Values(ReconcileMetrics.SweepFailures));
    }

    private Reconciler CreateReconciler(IDropListing? listing = null, TestMeters? meters = null) => new(
        listing ?? new BlobDropListing(azurite.Account),
        new BlobModelCatalog(azurite.Account, new ArtifactFolder(Options.Create(new ArtifactOptions()))),
        new BatchSender(StorageMessageQueue.Of(azurite.Account), Options.Create(new BatchOptions())),
        Options.Create(new ReconcileOptions()),
        new ReconcileMetrics(meters ?? new TestMeters()),
        _time,
        NullLogger<Reconciler>.Instance);

    /// <summary>Lists two models. The first one's images cannot be listed.</summary>
    private sealed class BreakingListing(IDropListing listing, ModelName broken, ModelName good) : IDropListing
    {
        public async IAsyncEnumerable<ModelName> ListModelsAsync(
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await Task.CompletedTask;
            yield return broken;
            yield return good;
        }

        public async IAsyncEnumerable<ListedImage> ListImagesAsync(
            ModelName model, [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (model == broken)
            {
                throw new IOException("The listing is broken.");
            }

            await foreach (var image in listing.ListImagesAsync(model, cancellationToken))
            {
                yield return image;
            }
        }

        public IAsyncEnumerable<ListedLabel> ListLabelsAsync(ModelName model, CancellationToken cancellationToken) =>
            listing.ListLabelsAsync(model, cancellationToken);

        public IAsyncEnumerable<ListedPage<ListedImage>> ListImagePagesAsync(
            ModelName model, string? from, int size, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public IAsyncEnumerable<ListedPage<ListedLabel>> ListLabelPagesAsync(
            ModelName model, string? from, int? size, CancellationToken cancellationToken) =>
            throw new NotSupportedException();
    }
}
