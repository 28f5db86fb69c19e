using Microsoft.Playwright;

namespace ServerlessMme.Browser.Tests.Running;

/// <summary>The Chromium that is installed on this machine. Playwright's own download is never used.</summary>
internal static class Chromium
{
    /// <summary>Why the tests are skipped on a machine without one.</summary>
    public const string Missing = "There is no Chromium on this machine. Install one, for example with "
        + "'apt-get install chromium', or name its program in " + Variable + ".";

    private const string Variable = "MME_CHROMIUM";

    private static readonly string[] Names =
        ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];

    /// <summary>Path of the program; null without one.</summary>
    public static string? Program { get; } = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named
        ? named
        : Names.SelectMany(name => Folders().Select(folder => Path.Combine(folder, name))).FirstOrDefault(File.Exists);

    public static Task<IBrowser> LaunchAsync(IPlaywright playwright) =>
        playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            // Containers have a small /dev/shm. Chromium's sandbox refuses to run as root.
            Args = Environment.IsPrivilegedProcess
                ? ["--disable-dev-shm-usage", "--no-sandbox"]
                : ["--disable-dev-shm-usage"],
        });

    private static string[] Folders() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);
}
