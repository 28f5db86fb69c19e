using Microsoft.Extensions.Logging;

namespace ServerlessMme.Core.Models;

/// <summary>Runs the returner after unloads: many in a row cost one more run. Thread-safe.</summary>
internal sealed class MemoryReturn(IMemoryReturner? returner, ILogger logger)
{
    private int _asked;

    /// <summary>Returns at once.</summary>
    public void Ask()
    {
        if (returner is not null && Interlocked.Increment(ref _asked) == 1)
            Task.Run(Run);
    }

    private void Run()
    {
        int seen;
        do
        {
            seen = Volatile.Read(ref _asked);
            try
            {
                returner!.ReturnMemory();
            }
            catch (Exception exception)
            {
                logger.ReturnFailed(exception);
            }
        }
        while (Interlocked.Add(ref _asked, -seen) > 0);
    }
}
