using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary><c>mme worker</c> on the tests' account, while the tests of one class run.</summary>
public sealed class RunningWorker(ConsoleFixture fixture) : IAsyncLifetime
{
    private MmeProcess? _worker;

    public async ValueTask InitializeAsync()
    {
        if (Chromium.Program is null)
        {
            return;
        }

        _worker = MmeProcess.Start(
            fixture.Connection, [("Mme__Artifacts__Folder", fixture.Artifacts)], ["worker"]);
        await _worker.ListeningAsync();
    }

    public ValueTask DisposeAsync() => _worker?.DisposeAsync() ?? ValueTask.CompletedTask;
}
