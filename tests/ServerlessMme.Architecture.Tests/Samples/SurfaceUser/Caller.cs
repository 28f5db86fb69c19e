using ServerlessMme.Architecture.Tests.Samples.Surface;

namespace ServerlessMme.Architecture.Tests.Samples.SurfaceUser;

internal static class Caller
{
    public static Called Create() => new();
}
