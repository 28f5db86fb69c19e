using System.Diagnostics;

namespace ServerlessMme.Cli.Tests.Serve.Support;

/// <summary>What a command printed and ended with.</summary>
internal sealed record Finished(int ExitCode, string Output, string Error);

/// <summary>Runs programs of this project and of the machine.</summary>
internal static class Command
{
    public static readonly IReadOnlyDictionary<string, string> Keys = new Dictionary<string, string>
    {
        ["AWS_ACCESS_KEY_ID"] = "AKIDEXAMPLE",
        ["AWS_SECRET_ACCESS_KEY"] = "secret-of-the-tests",
        ["AWS_REGION"] = "us-east-1",
        ["AWS_DEFAULT_REGION"] = "us-east-1",
        ["AWS_EC2_METADATA_DISABLED"] = "true",
    };

    private static readonly string Mme = Path.Combine(AppContext.BaseDirectory, "mme.dll");

    public static Process StartMme(IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        Start("dotnet", environment, [Mme, .. arguments]);

    public static Task<Finished> RunMmeAsync(
        IReadOnlyDictionary<string, string> environment, params string[] arguments) =>
        FinishAsync(StartMme(environment, arguments));

    /// <summary>Runs a program; null when the machine has none of that name.</summary>
    public static async Task<Finished?> TryRunAsync(string program, params string[] arguments)
    {
        try
        {
            return await FinishAsync(Start(program, Keys, arguments));
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static Process Start(
        string program, IReadOnlyDictionary<string, string> environment, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Repository.Root,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task<Finished> FinishAsync(Process process)
    {
        using (process)
        {
            var output = process.StandardOutput.ReadToEndAsync();
            var error = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(3));
            return new Finished(process.ExitCode, await output, await error);
        }
    }
}
