using System.Text;
using Microsoft.Extensions.Options;
using ServerlessMme.Core.Archives;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Tests.Jobs;
using ServerlessMme.Storage.Images;
using ServerlessMme.Storage.Labels;
using ServerlessMme.Testing.Emulation;
using ServerlessMme.Testing.Memory;

namespace ServerlessMme.Core.Tests.Processing;

[Collection("classify queue")]
public sealed class ArchiveMessageTests(AzuriteFixture azurite)
{
    private static readonly CancellationToken None = CancellationToken.None;

    [Theory(Timeout = 60_000)]
    [InlineData(1, 0)]
    [InlineData(2, 1)]
    public async Task A_message_that_was_taken_before_asks_again_for_an_archive_that_another_has(int tries, int sent)
    {
        var model = await azurite.CreateModelAsync();
        var body = new BatchMessage(model.Value, ["a.zip"], null, null, null).ToJson();
        await azurite.Account.Classify.ClearMessagesAsync();

        var failures = await ProcessAsync(new IncomingMessage(body, tries));

        Assert.Null(Assert.Single(failures));
        // It is hidden for a while; the queue counts it all the same.
        var properties = (await azurite.Account.Classify.GetPropertiesAsync()).Value;
        Assert.Equal(sent, properties.ApproximateMessagesCount);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"model":"MODEL","images":["a.zip","2/b.tar.gz"]}""")]
    [InlineData("""[{"model":"MODEL","images":["a.zip"]},{"model":"MODEL","images":["2/b.tar.gz"]}]""")]
    public async Task Archives_of_one_message_are_asked_for_in_messages_of_their_own(string text)
    {
        var model = await azurite.CreateModelAsync();
        await azurite.Account.Classify.ClearMessagesAsync();

        var body = Encoding.UTF8.GetBytes(text.Replace("MODEL", model.Value, StringComparison.Ordinal));
        Assert.Null(Assert.Single(await ProcessAsync(new IncomingMessage(body, Tries: 1))));

        var messages = (await azurite.Account.Classify.PeekMessagesAsync(maxMessages: 10)).Value;
        var asked = messages.Select(message => Convert.FromBase64String(message.Body.ToString()))
            .Select(json => MessageParser.Parse(json).Value.Requests.Single());
        Assert.Equal([$"{model} 2/b.tar.gz", $"{model} a.zip"],
            asked.Select(request => $"{request.Model} {request.Images.Single()}").Order(StringComparer.Ordinal));
    }

    private async Task<IReadOnlyList<Exception?>> ProcessAsync(IncomingMessage message)
    {
        using var classifier = new ClassifierWithoutModels(azurite.Account);
        var labels = new BlobLabelSink(azurite.Account);
        var processor = Processors.Create(
            azurite.Account,
            classifier.Classifier,
            new BlobImageSource(azurite.Account, AmpleMemory.Create(), Options.Create(new ImageOptions())),
            labels,
            Processors.Poison(azurite.Account),
            new Ledger(azurite.Account, labels).Messages,
            new Taken());
        return await processor.ProcessAsync([message], None);
    }

    /// <summary>Archives that another worker has in hand.</summary>
    private sealed class Taken : IArchiveStore
    {
        public Task<IArchiveWork?> OpenAsync(
            ModelName model, string archive, string version, CancellationToken cancellationToken) =>
            throw new ArchiveTakenException(archive);
    }
}
