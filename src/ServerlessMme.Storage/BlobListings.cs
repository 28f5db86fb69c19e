using System.Runtime.CompilerServices;
using Azure;
using Azure.Storage.Blobs.Models;

namespace ServerlessMme.Storage;

/// <summary>Listings of containers that may not exist.</summary>
internal static class BlobListings
{
    /// <summary>Returns the listing's items. It ends early if the container doesn't exist or is removed.</summary>
    public static async IAsyncEnumerable<T> UnlessContainerIsMissing<T>(
        this IAsyncEnumerable<T> listing, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : notnull
    {
        await using var items = listing.GetAsyncEnumerator(cancellationToken);
        while (await MoveNextAsync())
        {
            yield return items.Current;
        }

        async Task<bool> MoveNextAsync()
        {
            try
            {
                return await items.MoveNextAsync();
            }
            catch (RequestFailedException exception) when (exception.ErrorCode == BlobErrorCode.ContainerNotFound)
            {
                return false;
            }
        }
    }
}
