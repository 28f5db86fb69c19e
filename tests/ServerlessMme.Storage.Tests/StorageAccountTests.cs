using Azure;
using Azure.Storage.Sas;
using Microsoft.Extensions.Options;
using ServerlessMme.Testing.Emulation;

namespace ServerlessMme.Storage.Tests;

public sealed class StorageAccountTests(AzuriteFixture azurite)
{
    private const int Timeout = 60_000;

    [Fact(Timeout = Timeout)]
    public async Task An_identity_that_may_only_read_finds_what_is_there()
    {
        var reader = ReaderOf(azurite.Account);

        await reader.CreateAsync(TestContext.Current.CancellationToken);

        // The same identity may indeed create nothing.
        var refused = await Assert.ThrowsAsync<RequestFailedException>(() => reader.Blobs
            .GetBlobContainerClient("not-there-yet").CreateAsync());
        Assert.Equal(403, refused.Status);
    }

    private static StorageAccount ReaderOf(StorageAccount account)
    {
        var sas = account.Blobs.GenerateAccountSasUri(new AccountSasBuilder(
            AccountSasPermissions.Read | AccountSasPermissions.List, TimeProvider.System.GetUtcNow().AddHours(1),
            AccountSasServices.Blobs | AccountSasServices.Queues, AccountSasResourceTypes.All)).Query.TrimStart('?');
        return new StorageAccount(Options.Create(new StorageOptions
        {
            ConnectionString = $"BlobEndpoint={account.Blobs.Uri};QueueEndpoint={account.Queues.Uri};"
                + $"SharedAccessSignature={sas}",
        }));
    }
}
