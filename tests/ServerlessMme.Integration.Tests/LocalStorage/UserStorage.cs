using System.Text.Json;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.LocalStorage;

/// <summary>The storage of <c>mme storage</c> in a folder of its own. It ends with this object.</summary>
internal sealed class UserStorage : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public string Folder => _folder.PathOf("storage");

    public Task<Finished> StartAsync() =>
        RunAsync("storage", "start", "--blob-port", "0", "--queue-port", "0", "--table-port", "0");

    /// <summary>Runs a command for which no account is set.</summary>
    public Task<Finished> RunAsync(params string[] command) => RunAsync(null, command);

    /// <param name="connection">Connection string of the account that the environment names.</param>
    public Task<Finished> RunAsync(string? connection, string[] command) =>
        MmeProcess.RunAsync(connection, [("MME_STORAGE_FOLDER", Folder)], command);

    /// <summary>The status as JSON, with the exit code.</summary>
    public async Task<(int ExitCode, JsonElement Status)> StatusAsync()
    {
        var finished = await RunAsync("storage", "status", "--json");
        return (finished.ExitCode, JsonDocument.Parse(finished.Output).RootElement);
    }

    /// <summary>The ID of the process that runs.</summary>
    public async Task<int> ProcessIdAsync()
    {
        var (exitCode, status) = await StatusAsync();
        Assert.Equal(0, exitCode);
        return status.GetProperty("processId").GetInt32();
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("storage", "stop");
        _folder.Dispose();
    }
}
