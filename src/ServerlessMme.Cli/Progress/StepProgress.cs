using ServerlessMme.Cli.Composition;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace ServerlessMme.Cli.Progress;

/// <summary>
/// Shows the progress of a long operation on standard error, with its rate and the time left: as a bar on a terminal,
/// otherwise as a line every few seconds.
/// </summary>
internal static class StepProgress
{
    /// <summary>Runs work that calls <c>advance</c> once per step, from any thread.</summary>
    /// <param name="noun">The noun for a step, in the singular.</param>
    /// <param name="steps">Null if unknown.</param>
    public static async Task<T> RunAsync<T>(string noun, int? steps, Func<Action, Task<T>> work)
    {
        if (steps < 2)
        {
            return await work(() => { });
        }

        var pace = new Pace(noun, steps, TimeProvider.System);
        if (!Screen.HasStyle(isError: true))
        {
            using var lines = new ProgressLines(pace.ToString, Console.Error, TimeProvider.System);
            return await work(pace.Advance);
        }

        return await Screen.CreateError().Progress().AutoClear(true)
            .Columns(new ProgressBarColumn(), new PercentageColumn(), new PaceColumn(pace))
            .StartAsync(async context =>
            {
                var task = context.AddTask(noun, maxValue: steps ?? 1);
                task.IsIndeterminate = steps is null;
                return await work(() =>
                {
                    pace.Advance();
                    task.Increment(steps is null ? 0 : 1);
                });
            });
    }

    private sealed class PaceColumn(Pace pace) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(pace.ToString());
    }
}
