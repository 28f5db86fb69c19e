using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Chaos;

/// <summary>Three workers on one queue.</summary>
/// <param name="settings">Further settings of each.</param>
internal sealed class Workers(string connection, params (string Name, string Value)[] settings) : IAsyncDisposable
{
    public const int Count = 3;

    private static readonly (string, string)[] Settings =
    [
        ("Mme__Models__RefreshAfter", "00:00:01"),
        ("Mme__Queue__Visibility", "00:00:05"),
        ("Mme__Queue__BatchSize", "2"),
        // A message isn't to blame if its worker is killed.
        ("Mme__Queue__MaxTries", "100"),
    ];

    private readonly MmeProcess?[] _workers = new MmeProcess?[Count];

    /// <summary>A worker of the same kind, which the caller disposes.</summary>
    /// <param name="settings">Further settings.</param>
    public static async Task<MmeProcess> StartAsync(string connection, params (string Name, string Value)[] settings)
    {
        var worker = MmeProcess.Start(connection, Settings.Concat(settings), ["worker"]);
        try
        {
            await worker.ListeningAsync();
            return worker;
        }
        catch (TimeoutException exception)
        {
            await worker.DisposeAsync();
            throw new TimeoutException($"A worker did not start to listen: {worker.Errors}", exception);
        }
    }

    /// <summary>Starts all.</summary>
    public async Task StartAsync()
    {
        for (var place = 0; place < Count; place++)
        {
            await ReplaceAsync(place);
        }
    }

    /// <summary>Kills one worker and starts another.</summary>
    public async Task ReplaceAsync(int place)
    {
        if (_workers[place] is { } victim)
        {
            await victim.KillAsync();
            await victim.DisposeAsync();
            _workers[place] = null;
        }

        _workers[place] = await StartAsync(connection, settings);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers.OfType<MmeProcess>())
        {
            await worker.DisposeAsync();
        }
    }
}
