using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.Composition;

/// <summary>The storage that <c>mme storage start</c> runs, as the account of commands for which none is set.</summary>
internal static class LocalAccount
{
    /// <summary>True when local storage runs.</summary>
    public static bool IsRunning => new BackgroundStorage().Find() is not null;

    /// <summary>
    /// The connection string to use, which is <paramref name="storage"/> unless only local storage is left. Says on
    /// standard error when it is.
    /// </summary>
    /// <param name="storage">Connection string from the command line; null if it has none.</param>
    /// <returns>Null when the settings name the account, or nothing does.</returns>
    public static string? Resolve(string? storage)
    {
        var background = new BackgroundStorage();
        // Reading settings takes longest, and most machines have no local storage. A damaged state must not stop
        // commands that don't need it.
        if (storage is not null || !background.MayRun || StorageHost.IsConfigured() || background.Find() is not { } local)
        {
            return storage;
        }

        Console.Error.WriteLine(
            $"Using local storage started by 'mme storage start' (127.0.0.1:{local.Ports.Blob}).");
        return local.ConnectionString;
    }
}
