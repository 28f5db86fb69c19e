using System.ComponentModel;
using System.Diagnostics;

namespace ServerlessMme.Cli.WebConsole;

/// <summary>Opens a local page in the user's browser.</summary>
internal static class Browser
{
    // The browser may write to the terminal for as long as it runs. As a background job it also ignores the Ctrl-C that
    // stops this process.
    private const string QuietlyOpen = "\"$0\" \"$1\" </dev/null >/dev/null 2>&1 & wait $!";

    /// <summary>
    /// Returns true once the browser has the page, or false if no browser could be started. If the browser wasn't
    /// already running, this may return only after it is closed.
    /// </summary>
    public static async Task<bool> OpenAsync(string page, CancellationToken cancellationToken)
    {
        try
        {
            using var opener = Process.Start(StartOf(page));
            if (opener is null)
            {
                return true;
            }

            await opener.WaitForExitAsync(cancellationToken);
            return opener.ExitCode == 0;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }

    private static ProcessStartInfo StartOf(string page) => OperatingSystem.IsWindows()
        ? new ProcessStartInfo(page) { UseShellExecute = true }
        : new ProcessStartInfo(
            "/bin/sh", ["-c", QuietlyOpen, OperatingSystem.IsMacOS() ? "open" : "xdg-open", page]);
}
