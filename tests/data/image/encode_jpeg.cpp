#include "encode_jpeg.h"

#include <cstdio>
#include <cstdlib>

#include <jpeglib.h>

namespace train_backbone::data {
namespace {

jpeg_scan_info scan_of(int component, int first, int last, int high, int low) {
  return {.comps_in_scan = 1,
          .component_index = {component, 0, 0, 0},
          .Ss = first,
          .Se = last,
          .Ah = high,
          .Al = low};
}

// Empty where libjpeg's own choice will do.
std::vector<jpeg_scan_info> make_scans(const JpegKind& kind) {
  std::vector<jpeg_scan_info> scans;
  for (int component = 0; component < 3; ++component) {
    if (kind.separate_scans) {
      scans.push_back(scan_of(component, 0, 63, 0, 0));
    } else if (kind.coarse) {
      scans.push_back(scan_of(component, 0, 0, 0, 1));
    } else if (kind.many_scans) {
      scans.push_back(scan_of(component, 0, 0, 0, 0));
      for (int coefficient = 1; coefficient < 64; ++coefficient) {
        scans.push_back(scan_of(component, coefficient, coefficient, 0, 1));
        scans.push_back(scan_of(component, coefficient, coefficient, 1, 0));
      }
    }
  }
  return scans;
}

void configure(jpeg_compress_struct& info, const JpegKind& kind,
               const std::vector<jpeg_scan_info>& scans) {
  if (kind.gray) {
    jpeg_set_colorspace(&info, JCS_GRAYSCALE);
  } else {
    info.comp_info[0].h_samp_factor = kind.luma_horizontal;
    info.comp_info[0].v_samp_factor = kind.luma_vertical;
  }
  if (kind.progressive) {
    jpeg_simple_progression(&info);
  }
  if (!scans.empty()) {
    info.scan_info = scans.data();
    info.num_scans = static_cast<int>(scans.size());
  }
  info.restart_in_rows = kind.restart_rows;
  info.optimize_coding = kind.own_codes ? TRUE : FALSE;
}

}  // namespace

std::vector<uint8_t> encode_jpeg(const Image& image, const JpegKind& kind) {
  jpeg_compress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_CreateCompress(&info, JPEG_LIB_VERSION, sizeof(info));
  unsigned char* bytes = nullptr;
  unsigned long count = 0;
  jpeg_mem_dest(&info, &bytes, &count);
  info.image_width = static_cast<JDIMENSION>(image.width);
  info.image_height = static_cast<JDIMENSION>(image.height);
  info.input_components = 3;
  info.in_color_space = JCS_RGB;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, kind.quality, TRUE);
  const std::vector<jpeg_scan_info> scans = make_scans(kind);
  configure(info, kind, scans);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    const size_t offset = size_t{info.next_scanline} * info.image_width * 3;
    auto* row = const_cast<JSAMPROW>(image.pixels.data() + offset);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  std::vector<uint8_t> encoded(bytes, bytes + count);
  std::free(bytes);
  jpeg_destroy_compress(&info);
  return encoded;
}

}  // namespace train_backbone::data
