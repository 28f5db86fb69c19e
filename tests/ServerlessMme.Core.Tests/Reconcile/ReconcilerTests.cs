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

    private async Task WriteLabelAsync(ModelName model, string image, string etag) =>
        await new BlobLabelSink(azurite.Account).WriteAsync(
            model,
            new Label(
                new ImageReference(model.ImagesContainer, image, etag, 1),
                new AnsweringModel(model.Value, null, null, null),
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

    private Reconciler CreateReconciler() => new(
        new BlobDropListing(azurite.Account),
        new BlobModelCatalog(azurite.Account, new ArtifactFolder(Options.Create(new ArtifactOptions()))),
        new BatchSender(StorageMessageQueue.Of(azurite.Account), Options.Create(new BatchOptions())),
        Options.Create(new ReconcileOptions()),
        _time,
        NullLogger<Reconciler>.Instance);
}
