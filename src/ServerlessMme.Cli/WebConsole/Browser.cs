using System.ComponentModel;
using System.Diagnostics;

namespace ServerlessMme.Cli.WebConsole;

/// <summary>Opens the user's browser.</summary>
internal static class Browser
{
    /// <summary>False when this machine has no way to open one.</summary>
    public static bool TryOpen(Uri address)
    {
        try
        {
            using var started = Process.Start(new ProcessStartInfo(address.AbsoluteUri) { UseShellExecute = true });
            return true;
        }
        catch (Exception exception) when (exception is Win32Exception or InvalidOperationException)
        {
            return false;
        }
    }
}
