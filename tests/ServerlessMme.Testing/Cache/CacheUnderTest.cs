using Microsoft.Extensions.Logging.Abstractions;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;

namespace ServerlessMme.Testing.Cache;

/// <summary>A cache over fakes. A unit of memory is a MiB; the budget is 10 of them.</summary>
public sealed class CacheUnderTest : IDisposable
{
    public const long Unit = 1 << 20;

    public CacheUnderTest(Action<ModelCacheOptions>? configure = null)
    {
        Options = new ModelCacheOptions { BudgetBytes = 10 * Unit, EstimateFactor = 1, ConcurrentLoads = 4 };
        configure?.Invoke(Options);
        Cache = new ModelCache(
            Catalog,
            new ModelLoader(Catalog, [Backends]),
            Microsoft.Extensions.Options.Options.Create(Options),
            Time,
            Meters,
            NullLogger<ModelCache>.Instance);
    }

    public ModelCacheOptions Options { get; }

    public FakeCatalog Catalog { get; } = new();

    public FakeBackends Backends { get; } = new();

    public CountingTimeProvider Time { get; } = new();

    public TestMeters Meters { get; } = new();

    public ModelCache Cache { get; }

    public long UsedUnits => Cache.Snapshot().ResidentBytes / Unit;

    /// <summary>Names of the models that are ready, in order.</summary>
    public string Ready => string.Join(' ', Cache.Snapshot().Models
        .Where(model => model.State == ModelState.Ready).Select(model => model.Name.Value).Order());

    public static ModelName Name(string name) => ModelName.Parse(name).Value;

    public static FakeBackends.FakeBackend Backend(AcquiredModel acquired) =>
        (FakeBackends.FakeBackend)acquired.Lease!.Model.Backend;

    public void Publish(string name, string version = "v1", long units = 1) =>
        Catalog.Publish(Name(name), version, units * Unit);

    public Task<AcquiredModel> AcquireAsync(
        string name, string? expectedVersion = null, CancellationToken cancellationToken = default) =>
        Cache.AcquireAsync(Name(name), expectedVersion, cancellationToken);

    /// <summary>Publishes, loads, gives the lease back, and lets a second pass, so that uses have an order.</summary>
    public async Task WarmAsync(string name, long units = 1)
    {
        Publish(name, units: units);
        await TouchAsync(name);
    }

    /// <summary>Uses a model, and lets a second pass.</summary>
    public async Task TouchAsync(string name)
    {
        using (var acquired = await AcquireAsync(name))
        {
            Assert.Null(acquired.Refusal);
        }

        Time.Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>Yields until something holds; the test's own time limit ends it otherwise.</summary>
    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Yield();
        }
    }

    /// <summary>Ends the cache and checks that nothing is left and nothing was done wrong.</summary>
    public void Dispose()
    {
        Cache.Dispose();
        Catalog.Dispose();
        Meters.Dispose();
        Assert.Empty(Backends.Violations);
    }
}
