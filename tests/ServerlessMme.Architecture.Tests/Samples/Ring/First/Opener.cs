using ServerlessMme.Architecture.Tests.Samples.Ring.Second;

namespace ServerlessMme.Architecture.Tests.Samples.Ring.First;

internal sealed class Opener
{
    public static object Open() => new Keeper();
}
