using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Serving.Tests.Support;

/// <summary>Storage that never answers.</summary>
internal sealed class StuckCatalog : IModelCatalog
{
    private static readonly TaskCompletionSource<ModelDescriptor?> Never = new();

    public IAsyncEnumerable<ModelDescriptor> ListAsync(CancellationToken cancellationToken) =>
        AsyncEnumerable.Empty<ModelDescriptor>();

    public Task<ModelDescriptor?> FindAsync(ModelName name, CancellationToken cancellationToken) => Never.Task;

    public Task<Outcome<ModelFiles>> FetchAsync(ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("Nothing was found.");
}
