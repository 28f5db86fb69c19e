using ServerlessMme.Integration.Tests.Running;
using ServerlessMme.Testing.Files;
using ServerlessMme.Testing.Processes;

namespace ServerlessMme.Integration.Tests.Console;

/// <summary>How <c>mme console</c> opens a browser. The opener here is a script.</summary>
public sealed class BrowserTests(StorageFixture storage) : IClassFixture<StorageFixture>, IDisposable
{
    private const int Timeout = 180_000;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact(Timeout = Timeout)]
    public async Task The_browser_gets_a_private_file_and_no_argument_has_the_token()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has xdg-open.");
        var seen = _folder.PathOf("seen");
        InstallOpener($$"""
            #!/bin/sh
            echo noise
            echo noise >&2
            stat -c %a "$1" "$(dirname "$1")" >{{seen}}.new
            echo "$@" >>{{seen}}.new
            cat "$1" >>{{seen}}.new
            mv {{seen}}.new {{seen}}
            """);
        await using var mme = StartConsole($"{_folder.Root}:{Environment.GetEnvironmentVariable("PATH")}");
        using var console = await ConsoleClient.OfAsync(mme);

        var lines = await Eventually.GetAsync(TimeSpan.FromSeconds(30), "opened page", async () =>
            File.Exists(seen) ? await File.ReadAllLinesAsync(seen, TestContext.Current.CancellationToken) : null);
        var page = lines[2];

        Assert.Equal(["600", "700"], lines[..2]);
        Assert.DoesNotContain(console.Token, page, StringComparison.Ordinal);
        Assert.Contains(
            lines[3..], line => line == $"<meta http-equiv=\"refresh\" content=\"0;url={console.Address}\">");
        Assert.True(File.Exists(page));

        await mme.TerminateAsync();
        var finished = await mme.FinishAsync();

        Assert.Equal((0, "Ctrl-C stops it.\n", ""), (finished.ExitCode, finished.Output, finished.Error));
        Assert.False(Directory.Exists(Path.GetDirectoryName(page)));
    }

    [Fact(Timeout = Timeout)]
    public async Task A_machine_without_a_browser_is_told_to_open_the_address()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux has xdg-open.");
        await using var mme = StartConsole(_folder.Root);
        using var console = await ConsoleClient.OfAsync(mme);

        await Eventually.GetAsync(TimeSpan.FromSeconds(30), "advice", () => Task.FromResult(
            mme.Errors == $"No browser could be opened. Open the address above.{Environment.NewLine}" ? mme : null));
        await mme.TerminateAsync();
        await mme.WaitForExitAsync();

        Assert.Equal(0, mme.ExitCode);
    }

    private void InstallOpener(string script)
    {
        var path = _folder.Write("xdg-open", System.Text.Encoding.UTF8.GetBytes(script));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    private MmeProcess StartConsole(string path) =>
        MmeProcess.Start(storage.Connection, [("PATH", path)], ["console", "--port", "0"]);
}
