using Spectre.Console;

namespace ServerlessMme.Cli.Composition;

/// <summary>Shows a progress bar on standard error if that is a terminal.</summary>
internal static class ImageProgress
{
    /// <summary>Runs work that calls <c>advance</c> once per step.</summary>
    public static async Task<T> RunAsync<T>(int steps, Func<Action, Task<T>> work)
    {
        if (Console.IsErrorRedirected || steps < 2)
        {
            return await work(() => { });
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return await console.Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var task = context.AddTask("images", maxValue: steps);
                return await work(() => task.Increment(1));
            });
    }
}
