using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace ServerlessMme.Onnx.Trials;

/// <summary>The command that starts this program as a child process that tries models.</summary>
internal sealed record TrialCommand(string Program, IReadOnlyList<string> Arguments)
{
    /// <summary>Returns the command for this process's own program, or null if the program cannot be found.</summary>
    public static TrialCommand? OfThisProcess()
    {
        if (Environment.ProcessPath is not { } path || Assembly.GetEntryAssembly() is not { } entry)
        {
            return null;
        }

        // A program that was started under its own name finds its assemblies. A program that contains them may have any
        // name.
        return NameOf(path) == entry.GetName().Name || entry.Location.Length == 0
            ? new TrialCommand(path, [TrialHost.Argument])
            : OfAssembly(Path.Combine(AppContext.BaseDirectory, entry.GetName().Name + ".dll"), path);
    }

    /// <summary>
    /// Returns the command for a program that <c>dotnet</c> runs, or null for a custom host, as in Azure Functions.
    /// </summary>
    public static TrialCommand? OfAssembly(string assembly, string? host = null)
    {
        if (NameOf(host) != "dotnet")
        {
            var root = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..");
            host = Path.GetFullPath(Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        }

        return File.Exists(host) && File.Exists(assembly)
            ? new TrialCommand(host, [assembly, TrialHost.Argument])
            : null;
    }

    // Removes only the extension .exe, because names may contain dots.
    private static string? NameOf(string? program)
    {
        const string Extension = ".exe";
        var name = Path.GetFileName(program);
        return name?.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) == true ? name[..^Extension.Length] : name;
    }

    public ProcessStartInfo ToStartInfo()
    {
        var start = new ProcessStartInfo(Program, Arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        // The child must start fast and stay small. If it is killed, it must not leave diagnostics sockets behind.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_gcConcurrent"] = "0";
        // One heap only, because glibc can't trim the ends of others, so the memory of a run couldn't be measured.
        start.Environment["MALLOC_ARENA_MAX"] = "1";
        start.Environment.Remove("DOTNET_STARTUP_HOOKS");
        return start;
    }
}
