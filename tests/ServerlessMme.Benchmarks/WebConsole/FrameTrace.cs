using System.Text.Json;
using Microsoft.Playwright;

namespace ServerlessMme.Benchmarks.WebConsole;

/// <summary>Chromium's own trace of the frames that it drew.</summary>
internal sealed class FrameTrace
{
    private const string Categories = "devtools.timeline.frame,disabled-by-default-devtools.timeline.frame";
    private readonly ICDPSession _session;
    private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<double> _drawn = [];

    private FrameTrace(ICDPSession session)
    {
        _session = session;
        session.Event("Tracing.dataCollected").OnEvent += (_, data) => Collect(data!.Value);
        session.Event("Tracing.tracingComplete").OnEvent += (_, _) => _complete.TrySetResult();
    }

    public static async Task<FrameTrace> StartAsync(IPage page)
    {
        var trace = new FrameTrace(await page.Context.NewCDPSessionAsync(page));
        await trace._session.SendAsync("Tracing.start", new Dictionary<string, object>
        {
            ["categories"] = Categories,
            ["transferMode"] = "ReportEvents",
        });
        return trace;
    }

    /// <summary>Ends the trace. Returns the frames drawn in each second, seconds beginning a quarter apart.</summary>
    public async Task<IReadOnlyList<double>> EndAsync()
    {
        const double Second = 1e6;
        await _session.SendAsync("Tracing.end");
        await _complete.Task;
        _drawn.Sort();
        var rates = new List<double>();
        for (var from = _drawn.FirstOrDefault(); from + Second <= _drawn.LastOrDefault(); from += Second / 4)
        {
            rates.Add(_drawn.Count(at => at >= from && at < from + Second));
        }

        return rates;
    }

    private void Collect(JsonElement data)
    {
        foreach (var each in data.GetProperty("value").EnumerateArray())
        {
            if (each.GetProperty("name").GetString() == "DrawFrame")
            {
                _drawn.Add(each.GetProperty("ts").GetDouble());
            }
        }
    }
}
