namespace ServerlessMme.Core.Models.Cache;

/// <summary>All memory of the budget is in use, and stayed so: try again later, as the queue does.</summary>
public sealed class ModelCacheBusyException : Exception
{
    internal ModelCacheBusyException(ModelName name, long bytes, long used, ModelCacheOptions options)
        : base($"There was no room for model '{name}' within {options.WaitForRoom}: it needs up to {bytes} bytes, "
            + $"{used} of {options.BudgetBytes} are taken, and those models are in use or pinned. Lower "
            + "Mme:Pipeline and Mme:Queue, or raise Mme:Models:BudgetBytes or Mme:Models:WaitForRoom.")
    {
    }
}
