using ServerlessMme.Emulator.Background;

namespace ServerlessMme.Cli.Composition;

/// <summary>The storage that <c>mme storage start</c> runs. Commands use it if no account is set.</summary>
internal static class LocalAccount
{
    /// <summary>True if local storage is running.</summary>
    public static bool IsRunning => new BackgroundStorage().Find() is not null;

    /// <summary>
    /// Returns the connection string to use: <paramref name="storage"/>, or that of local storage if no account is set.
    /// Reports on standard error if it chose local storage.
    /// </summary>
    /// <param name="storage">Connection string from the command line; null if it has none.</param>
    /// <returns>Null if the settings name the account, or if local storage is not running.</returns>
    public static string? Resolve(string? storage)
    {
        var background = new BackgroundStorage();
        // Reading the settings takes longest, and most machines have no local storage. A damaged state file must not
        // stop commands that don't need local storage.
        if (storage is not null || !background.MayRun || StorageHost.IsConfigured() || background.Find() is not { } local)
        {
            return storage;
        }

        Console.Error.WriteLine(
            $"Using local storage started by 'mme storage start' (127.0.0.1:{local.Ports.Blob}).");
        return local.ConnectionString;
    }
}
