using System.Diagnostics;
using System.Text.Json.Nodes;
using ServerlessMme.Benchmarks.Fleet;

namespace ServerlessMme.Benchmarks.Help;

/// <summary>
/// How long <c>mme --help</c> takes, from a process's start to its end, beside a program that has as many commands and
/// nothing else.
/// </summary>
internal static class HelpBenchmark
{
    private const int Starts = 41;

    /// <param name="mme">Path of mme, as <c>dotnet publish -r linux-x64</c> makes it.</param>
    /// <param name="bare">Path of bare, of the project ServerlessMme.Bare, published with the same arguments.</param>
    public static int Run(string mme, string bare, bool save)
    {
        var commands = CountCommands(Help(mme, "0").Output);
        if (CountCommands(Help(bare, commands).Output) != commands)
        {
            throw new InvalidOperationException($"The help of {bare} doesn't list {commands} commands, as mme's does.");
        }

        var ours = new List<double>();
        var theirs = new List<double>();
        for (var i = 0; i < Starts; i++)
        {
            ours.Add(Help(mme, commands).Milliseconds);
            theirs.Add(Help(bare, commands).Milliseconds);
        }

        return Report.Write("help", save, new JsonObject
        {
            ["benchmark"] = "help",
            ["commands"] = int.Parse(commands, provider: null),
            ["starts"] = Starts,
            ["mme_ms"] = Math.Round(Figures.Median(ours), 1),
            ["bare_ms"] = Math.Round(Figures.Median(theirs), 1),
            ["help_ratio"] = Figures.Ratio(Figures.Median(ours), Figures.Median(theirs)),
        }, $"mme {Start(mme, "--version", commands).Output.Split('+')[0].Trim()}");
    }

    private static (string Output, double Milliseconds) Help(string program, string commands) =>
        Start(program, "--help", commands);

    private static (string Output, double Milliseconds) Start(string program, string option, string commands)
    {
        var start = new ProcessStartInfo(program, [option]) { RedirectStandardOutput = true };
        start.Environment["BARE_COMMANDS"] = commands;
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
#pragma warning disable RS0030 // The benchmark has nothing else to do meanwhile.
        process.WaitForExit();
#pragma warning restore RS0030
        var took = ProcessMemory.Milliseconds(started);
        return process.ExitCode == 0
            ? (output, took) : throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }

    /// <summary>The lines below "Commands:" that begin with a name, and not with the rest of a description.</summary>
    private static string CountCommands(string help) => help.Split('\n')
        .SkipWhile(line => line.TrimEnd() != "Commands:").Skip(1)
        .Count(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 2 && line[2] != ' ')
        .ToString(provider: null);
}
