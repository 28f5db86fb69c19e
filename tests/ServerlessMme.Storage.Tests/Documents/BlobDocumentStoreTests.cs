using Azure;
using Azure.Storage.Blobs.Specialized;
using ServerlessMme.Core.Documents;
using ServerlessMme.Storage.Documents;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests.Documents;

public sealed class BlobDocumentStoreTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;
    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly NewDocument Document = new("{}"u8.ToArray());
    private readonly BlobDocumentStore _documents = new(azurite.Account);
    private readonly string _folder = $"{Guid.NewGuid():N}/";

    [Fact(Timeout = Timeout)]
    public async Task A_write_whose_condition_fails_changes_nothing()
    {
        var name = _folder + "a.json";

        Assert.True(await _documents.TryWriteAsync(name, Document, WriteCondition.Absent, None));
        Assert.False(await _documents.TryWriteAsync(name, Document, WriteCondition.Absent, None));
        var version = (await _documents.FindVersionAsync(name, None))!;
        Assert.True(await _documents.TryWriteAsync(name, Document, WriteCondition.Matches(version), None));
        Assert.False(await _documents.TryWriteAsync(name, Document, WriteCondition.Matches(version), None));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_write_without_a_condition_that_storage_refuses_is_thrown()
    {
        var name = _folder + "a.json";
        await _documents.TryWriteAsync(name, Document, WriteCondition.None, None);
        await azurite.Account.Jobs.GetBlobClient(name).GetBlobLeaseClient().AcquireAsync(TimeSpan.FromSeconds(15));

        var thrown = await Assert.ThrowsAsync<RequestFailedException>(
            () => _documents.TryWriteAsync(name, Document, WriteCondition.None, None));

        Assert.Equal(412, thrown.Status);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_listing_shows_a_folder_without_the_folders_in_it()
    {
        var metadata = new Dictionary<string, string> { ["done"] = "3" };
        var document = Document with { Metadata = metadata };
        await _documents.TryWriteAsync(_folder + "a.json", document, WriteCondition.None, None);
        await _documents.TryWriteAsync(_folder + "sub/b.json", Document, WriteCondition.None, None);

        var listed = Assert.Single(await _documents.ListAsync(_folder, None).ToListAsync());

        Assert.Equal(_folder + "a.json", listed.Name);
        Assert.Equal("3", listed.Metadata["done"]);
    }

    [Fact(Timeout = Timeout)]
    public async Task A_newer_version_is_not_removed()
    {
        var name = _folder + "a.json";
        await _documents.TryWriteAsync(name, Document, WriteCondition.None, None);
        var version = await _documents.FindVersionAsync(name, None);
        await _documents.TryWriteAsync(name, Document, WriteCondition.None, None);

        await _documents.RemoveAsync(name, version, None);

        Assert.NotNull(await _documents.ReadAsync(name, None));
    }
}
