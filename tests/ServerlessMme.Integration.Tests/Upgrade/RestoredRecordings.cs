using System.Collections.Concurrent;

namespace ServerlessMme.Integration.Tests.Upgrade;

/// <summary>Recordings in an emulator of their own each, as they were recorded.</summary>
public class RestoredRecordings : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<RestoredAccount>>> _accounts = new();

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var account in _accounts.Values)
        {
            await (await account.Value).DisposeAsync();
        }
    }

    internal Task<RestoredAccount> OfAsync(string version) =>
        _accounts.GetOrAdd(version, each => new Lazy<Task<RestoredAccount>>(() => CreateAsync(each))).Value;

    private protected virtual Task<RestoredAccount> CreateAsync(string version) => RestoredAccount.StartAsync(version);
}
